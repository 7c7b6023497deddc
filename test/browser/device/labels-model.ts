import { OnnxGraphBuilder } from '../../fixtures/onnx/onnx-graph-builder.mjs';
import { protobufBytes } from '../../fixtures/onnx/protobuf-message.mjs';

/** A classifier whose logits are those of the row's first token: row t of the table. */
export function labelsModel(table: Float32Array, labels: number, output = 'logits'): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraphBuilder();
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = graph.input('attention_mask', 'int64', ['batch', 'sequence']);
  const tokens = table.length / labels;
  const all = graph.add('Gather', [graph.float32('table', [tokens, labels], new Float32Array(table)), ids]);
  const asFloat = graph.add('Cast', [graph.add('Unsqueeze', [mask, graph.ints(-1)])], { to: { int: 1 } });
  // Every token's, padding and all, so that a model that is not pooled but cut shows.
  const kept = graph.add('Add', [all, graph.add('Mul', [asFloat, graph.scalar(0)])]);
  const first = graph.add('Gather', [kept, graph.ints(0)], { axis: { int: 1 } });
  graph.add('Squeeze', [first, graph.ints(1)], {}, output);
  graph.output(output, 'float32', ['batch', labels]);
  return protobufBytes(graph.model('labels'));
}
