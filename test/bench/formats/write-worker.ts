// One writer of vectors: `node write-worker.mjs FORMAT WRITER MB FOLDER MODULES`, see ../formats.mjs.
import { mkdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import * as arrow from 'apache-arrow';
import type { ByteTarget, ExportTarget } from '../../../src/core/export-target.ts';
import type { Compression, TableFormat } from '../../../src/core/output-format.ts';
import type { ResultBatch, ResultSchema } from '../../../src/core/result-schema.ts';
import { createParquetFormat } from '../../../src/export/formats/parquet.ts';
import { loadSinkFormat } from '../../../src/export/load-sink-format.ts';
import { loadParquetInNode } from '../../conformance/export/parquet-in-node.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { peakMib } from './peak-memory.ts';

const [, , format = '', writer = '', mb = '', folder = '', modules = ''] = process.argv;
const DIMS = 384;
const BATCH_ROWS = 8192;
const batchCount = Math.max(1, Math.round((Number(mb) * 1e6) / (BATCH_ROWS * DIMS * 4)));
const rowCount = batchCount * BATCH_ROWS;
const output = { kind: 'vector', dims: DIMS, element: 'float32' } as const;
const schema: ResultSchema = { columns: [{ name: 'id', type: 'utf8' }], output, rowCount };
/** Of the size and the entropy of normalised vectors: sums of evenly spread numbers are close to a bell curve. */
const random = seededRandom(7);
const vectors = Float32Array.from(
  { length: BATCH_ROWS * DIMS },
  () => (random() + random() + random() - 1.5) / 10,
);

function rowsOf(batch: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: BATCH_ROWS }, (_, index) => batch * BATCH_ROWS + index);
}

const paths: string[] = [];
const files: ExportTarget = {
  async open(suffix): Promise<ByteTarget> {
    paths.push(`${folder}/out${suffix}`);
    const handle = await open(`${folder}/out${suffix}`, 'w');
    return {
      write: async (bytes) => void (await handle.write(bytes)),
      finish: () => handle.close(),
      abort: () => handle.close(),
    };
  },
};

/** Parquet only: `zstd.parquet`, `none.parquet`. */
const compression = (/^(zstd|none)\./.exec(format)?.[1] ?? 'auto') as Compression;
const outputFormat = format.slice(format.indexOf('.') + 1) as TableFormat;

type HyparquetWriter = {
  readonly ParquetWriter: new (options: object) => {
    write(data: { readonly columnData: readonly object[] }): void;
    finish(): void;
  };
  fileWriter?(path: string): object;
};
const load = async (path: string): Promise<unknown> =>
  import(/* @vite-ignore */ pathToFileURL(`${modules}/${path}`).href);

async function writeFiles(piece: (batch: number) => string | Uint8Array): Promise<void> {
  const file = await files.open('.rival');
  for (let batch = 0; batch < batchCount; batch++) {
    const bytes = piece(batch);
    await file.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }
  await file.finish();
}

function objects(batch: number) {
  return Array.from(rowsOf(batch), (row, index) => ({
    row,
    id: `row-${row}`,
    embedding: [...vectors.subarray(index * DIMS, (index + 1) * DIMS)],
  }));
}

const WRITERS: Readonly<Record<string, () => Promise<void>>> = {
  async Millrace() {
    const sinks =
      outputFormat === 'parquet'
        ? createParquetFormat({ load: loadParquetInNode, compression })
        : await loadSinkFormat(outputFormat);
    const sink = await sinks.open(schema, files);
    for (let batch = 0; batch < batchCount; batch++) {
      const rows = rowsOf(batch);
      const kept = { id: Array.from(rows, (row) => `"row-${row}"`) };
      await sink.write({ rows, kept, values: new Uint8Array(vectors.buffer) } satisfies ResultBatch);
    }
    await sink.finish();
  },
  'the bytes alone': () => writeFiles(() => new Uint8Array(vectors.buffer)),
  'JSON.stringify a row': () =>
    writeFiles((batch) =>
      objects(batch)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    ),
  async 'apache-arrow'() {
    const file = await files.open('.rival');
    const writing = new arrow.RecordBatchFileWriter();
    const written = (async () => {
      for await (const bytes of writing) await file.write(bytes as Uint8Array);
    })();
    const item = new arrow.Field('item', new arrow.Float32(), false);
    for (let batch = 0; batch < batchCount; batch++) {
      const child = arrow.makeData({ type: item.type, data: vectors });
      const list = arrow.makeData({
        type: new arrow.FixedSizeList(DIMS, item),
        length: BATCH_ROWS,
        child,
      });
      const rows = rowsOf(batch);
      const table = new arrow.Table({
        row: arrow.vectorFromArray([...rows], new arrow.Int32()),
        id: arrow.vectorFromArray(
          Array.from(rows, (row) => `row-${row}`),
          new arrow.Utf8(),
        ),
        embedding: arrow.makeVector(list),
      });
      for (const rowsOfBatch of table.batches) writing.write(rowsOfBatch);
    }
    writing.finish();
    await written;
    await file.finish();
  },
  async PapaParse() {
    const { default: papa } = (await load('papaparse/papaparse.js')) as {
      readonly default: { unparse(rows: readonly object[], config: object): string };
    };
    await writeFiles((batch) => {
      const rows = objects(batch).map(({ embedding, ...row }) => ({
        ...row,
        embedding: JSON.stringify(embedding),
      }));
      return `${papa.unparse(rows, { header: batch === 0 })}\r\n`;
    });
  },
  async 'hyparquet-writer'() {
    const { ParquetWriter } = (await load('hyparquet-writer/src/index.js')) as HyparquetWriter;
    const { fileWriter } = (await load('hyparquet-writer/src/node.js')) as Required<HyparquetWriter>;
    paths.push(`${folder}/out.rival`);
    const file = new ParquetWriter({ writer: fileWriter(`${folder}/out.rival`), schema: RIVAL_SCHEMA });
    for (let batch = 0; batch < batchCount; batch++) {
      const rows = objects(batch);
      const columnData = (['row', 'id', 'embedding'] as const).map((name) => ({
        name,
        data: rows.map((row) => row[name]),
      }));
      file.write({ columnData });
    }
    file.finish();
  },
};

/** A list of float32, as hyparquet-writer is told of it. */
const RIVAL_SCHEMA = [
  { name: 'root', num_children: 3 },
  { name: 'row', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'embedding', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
];

mkdirSync(folder, { recursive: true });
const startedAt = performance.now();
await WRITERS[writer]!();
const seconds = (performance.now() - startedAt) / 1000;
const fileBytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
const vectorBytes = rowCount * DIMS * 4;
process.stdout.write(JSON.stringify({ seconds, rows: rowCount, vectorBytes, fileBytes, peakMib: peakMib() }));
