import type { InferenceSession } from 'onnxruntime-web';
import type { Finish } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import type { Pooling } from '../core/model-info.ts';

/** Element types that the finish reads. */
export type FloatType = 'float32' | 'float16';

/** The output that is read, as a first run showed it. */
export type ModelOutput = {
  readonly name: string;
  readonly type: FloatType;
  /** Width of a vector, or the number of labels. */
  readonly dims: number;
  /** `none` for `[rows, dims]`, otherwise how `[rows, paddedLength, dims]` becomes one vector a row. */
  readonly pooling: Pooling;
  /** Vectors of each row before pooling, where a model of images gives so many whatever it is given; left out: `paddedLength`. */
  readonly tokens?: number;
};

const POOLER = 'pooler_output';

type Candidate = { readonly name: string; readonly rank: number };

/**
 * Which output is read. For labels `logits`, else the first of rows. For vectors `sentence_embedding`, else
 * `last_hidden_state`, else `token_embeddings` (the names that Optimum and Sentence Transformers export), else the first of
 * tokens, else the first of rows. With pooling `none` and for labels only an output of rows will do. A model of images has
 * names of its own: `image_embeds`, else `pooler_output` (which convolutions give as `[rows, dims, 1, 1]`), else `last_hidden_state`.
 * @throws JobError `MODEL_UNSUPPORTED`, listing the outputs that there are.
 */
export function chooseOutput(
  metadata: readonly InferenceSession.ValueMetadata[],
  finish: Finish,
  ofImages = false,
): string {
  const pooling = poolingOf(finish);
  const outputs: Candidate[] = [];
  for (const value of metadata) {
    // Rank 0 stands for a rank that the file does not say; the first run will.
    if (value.isTensor && isFloat(value.type)) outputs.push({ name: value.name, rank: value.shape.length });
  }
  const fits = (rank: number) => rank === 0 || rank === 2 || (rank === 3 && pooling !== 'none');
  const named = (name: string) =>
    outputs.find(
      (output) => output.name === name && (fits(output.rank) || (name === POOLER && output.rank === 4)),
    );
  const ranked = (rank: number) => outputs.find((output) => output.rank === rank && fits(rank));
  const vectors = ofImages
    ? ['image_embeds', POOLER, 'last_hidden_state']
    : ['sentence_embedding', 'last_hidden_state', 'token_embeddings'];
  const names = finish.kind === 'labels' ? ['logits'] : vectors;
  const chosen =
    names.map(named).find((output) => output !== undefined) ?? ranked(3) ?? ranked(2) ?? ranked(0);
  if (chosen !== undefined) return chosen.name;
  if (finish.kind === 'labels')
    throw noLogits(`gives no logits of rows to classify by (its outputs: ${listed(metadata)})`);
  throw unsupported(
    pooling === 'none'
      ? `gives no single vector a row, which pooling "none" needs (its outputs: ${listed(metadata)})`
      : `gives no vectors of tokens or rows (its outputs: ${listed(metadata)})`,
  );
}

/**
 * What the chosen output proved to be in a run of `rows` rows of `paddedLength` tokens.
 * @throws JobError `MODEL_UNSUPPORTED`.
 */
export function readModelOutput(
  name: string,
  tensor: { readonly type: string; readonly dims: readonly number[] },
  run: {
    readonly rows: number;
    readonly paddedLength: number;
    readonly finish: Finish;
    readonly ofImages?: boolean;
  },
): ModelOutput {
  const { type, dims } = tensor;
  const pooling = poolingOf(run.finish);
  const got = `${name} as ${type} [${dims.join(', ')}] for ${run.rows} rows of ${run.paddedLength} tokens`;
  if (!isFloat(type)) throw unsupported(`gives ${got}, which is no floating-point output`);
  const [rows, second = 0, third = 0] = dims;
  if (rows === run.rows && second > 0) {
    if (dims.length === 2) return { name, type, dims: second, pooling: 'none' };
    if (run.ofImages === true) {
      if (dims.length === 4 && third === 1 && dims[3] === 1)
        return { name, type, dims: second, pooling: 'none' };
      if (dims.length === 3 && third > 0 && pooling !== 'none')
        return { name, type, dims: third, pooling, tokens: second };
    }
    if (dims.length === 3 && second === run.paddedLength && third > 0 && pooling !== 'none') {
      return { name, type, dims: third, pooling };
    }
  }
  if (run.finish.kind === 'labels') throw noLogits(`gives ${got}, not one logit a label for each row`);
  throw unsupported(`gives ${got}, with pooling "${pooling}"`);
}

/** Logits are rows as they are. */
function poolingOf(finish: Finish): Pooling {
  return finish.kind === 'labels' ? 'none' : finish.pooling;
}

function isFloat(type: string): type is FloatType {
  return type === 'float32' || type === 'float16';
}

function listed(metadata: readonly InferenceSession.ValueMetadata[]): string {
  return metadata
    .map((value) => (value.isTensor ? `${value.name} ${value.type} [${value.shape.join(', ')}]` : value.name))
    .join('; ');
}

function noLogits(what: string): JobError {
  return new JobError('MODEL_UNSUPPORTED', `The model ${what}.`, {
    hint: 'Use a model exported for classifying texts (Optimum: --task text-classification), or --task embed.',
  });
}

function unsupported(what: string): JobError {
  return new JobError('MODEL_UNSUPPORTED', `The model ${what}.`, {
    hint: 'Use a text encoder with an output [batch, sequence, hidden] or [batch, hidden] in float32 or float16.',
  });
}
