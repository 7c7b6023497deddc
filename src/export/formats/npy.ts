import type { ByteTarget } from '../../core/export-target.ts';
import { JobError } from '../../core/job-error.ts';
import type { VectorElement } from '../../core/result-output.ts';
import type { ResultBatch, ResultSchema } from '../../core/result-schema.ts';
import type { Sink } from '../sink.ts';
import { sinkFormat } from '../sink-format.ts';
import { TextBuffer } from '../text/text-buffer.ts';
import { writeKept } from '../text/write-kept.ts';

const VECTORS_SUFFIX = '.npy';
const IDS_SUFFIX = '.ids.jsonl';
const FLUSH_BYTES = 1 << 20;

const TYPES: Readonly<Record<VectorElement, string>> = {
  float32: '<f4',
  float16: '<f2',
  int8: '|i1',
  binary: '|u1',
};

/** The vectors as one NumPy array (binary ones packed, as `numpy.unpackbits` takes them), and beside it one line a row with the row's ordinal and the kept columns. */
export const npyFormat = sinkFormat('npy', async (schema, target) => {
  const { output, rowCount } = schema;
  if (output.kind !== 'vector') {
    throw new JobError('EXPORT_FAILED', 'A .npy file holds vectors, and this job gives labels.', {
      hint: 'Export them as parquet, arrow, csv or jsonl.',
    });
  }
  const { dims, element } = output;
  const vectors = await target.open(VECTORS_SUFFIX);
  try {
    const ids = await target.open(IDS_SUFFIX);
    await vectors.write(npyHeader(TYPES[element], rowCount, element === 'binary' ? dims / 8 : dims));
    return new NpySink(schema, vectors, ids);
  } catch (error) {
    await vectors.abort();
    throw error;
  }
});

class NpySink implements Sink {
  readonly files = [VECTORS_SUFFIX, IDS_SUFFIX];
  readonly #schema: ResultSchema;
  readonly #vectors: ByteTarget;
  readonly #ids: ByteTarget;
  readonly #buffer = new TextBuffer(2 * FLUSH_BYTES);

  constructor(schema: ResultSchema, vectors: ByteTarget, ids: ByteTarget) {
    this.#schema = schema;
    this.#vectors = vectors;
    this.#ids = ids;
  }

  async write(batch: ResultBatch): Promise<void> {
    await this.#vectors.write(batch.values);
    for (let i = 0; i < batch.rows.length; i++) {
      writeKept(this.#buffer, this.#schema.columns, batch, i);
      this.#buffer.text('}\n');
      if (this.#buffer.byteLength >= FLUSH_BYTES) await this.#ids.write(this.#buffer.take());
    }
  }

  async finish(): Promise<void> {
    if (this.#buffer.byteLength > 0) await this.#ids.write(this.#buffer.take());
    await this.#ids.finish();
    await this.#vectors.finish();
  }

  async abort(): Promise<void> {
    const results = await Promise.allSettled([this.#vectors.abort(), this.#ids.abort()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

/** Version 1.0 header of a C-order array, padded to 64 bytes (numpy/lib/format.py). */
function npyHeader(type: string, rows: number, width: number): Uint8Array {
  const prefixBytes = 10;
  const shape = `{'descr': '${type}', 'fortran_order': False, 'shape': (${rows}, ${width}), }`;
  const total = Math.ceil((prefixBytes + shape.length + 1) / 64) * 64;
  const header = new Uint8Array(total).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(header.buffer).setUint16(8, total - prefixBytes, true);
  header.set(new TextEncoder().encode(shape), prefixBytes);
  header[total - 1] = 0x0a;
  return header;
}
