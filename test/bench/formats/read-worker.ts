// One reader over one file: `node read-worker.mjs FILE READER MODULES`, see ../formats.mjs.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { createGunzip } from 'node:zlib';
import { RecordBatchReader } from 'apache-arrow';
import { inputFormatOf } from '../../../src/core/input-format.ts';
import { fileByteRange } from '../../../src/runner/input/file-byte-range.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import { peakMib } from './peak-memory.ts';

const [, , file = '', reader = '', modules = ''] = process.argv;

type Papa = {
  parse(
    stream: NodeJS.ReadableStream,
    config: { header: boolean; step: () => void; complete: () => void; error: (e: unknown) => void },
  ): void;
};
type Udsv = {
  inferSchema(text: string): unknown;
  initParser(schema: unknown): {
    readonly chunk: (text: string, parse: unknown, each: (row: readonly unknown[]) => void) => void;
    readonly stringArrs: unknown;
    end(): void;
  };
};
type Hyparquet = {
  asyncBufferFromFile(path: string): Promise<unknown>;
  parquetReadObjects(options: object): Promise<readonly unknown[]>;
};

const load = async (path: string): Promise<unknown> =>
  import(/* @vite-ignore */ pathToFileURL(`${modules}/${path}`).href);

const READERS: Readonly<Record<string, () => Promise<number>>> = {
  async Millrace() {
    const lines = file.endsWith('.txt');
    const options = {
      format: inputFormatOf({ path: file }),
      read: [{ role: 'text', column: 'text', type: 'text' }] as const,
      idColumn: lines ? null : 'id',
      keep: lines ? [] : ['id'],
    };
    let rows = 0;
    for await (const chunk of readDataset(
      [await fileByteRange(file)],
      options,
      null,
      new AbortController().signal,
    ))
      rows += chunk.rowCount;
    return rows;
  },
  async 'JSON.parse a line'() {
    let rows = 0;
    const bytes = createReadStream(file);
    const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
    for await (const line of createInterface({ input })) {
      JSON.parse(line);
      rows++;
    }
    return rows;
  },
  async 'lines of Node'() {
    let rows = 0;
    for await (const line of createInterface({ input: createReadStream(file) })) rows += line === '' ? 0 : 1;
    return rows;
  },
  async 'apache-arrow'() {
    let rows = 0;
    for await (const batch of await RecordBatchReader.from(createReadStream(file))) {
      const text = batch.getChild('text');
      for (let i = 0; i < batch.numRows; i++) rows += typeof text?.get(i) === 'string' ? 1 : 0;
    }
    return rows;
  },
  async PapaParse() {
    const { default: papa } = (await load('papaparse/papaparse.js')) as { readonly default: Papa };
    let rows = 0;
    await new Promise<void>((complete, error) =>
      papa.parse(createReadStream(file), { header: false, step: () => void rows++, complete, error }),
    );
    return rows - 1;
  },
  async uDSV() {
    const { inferSchema, initParser } = (await load('udsv/dist/uDSV.mjs')) as Udsv;
    let parser: ReturnType<Udsv['initParser']> | null = null;
    let rows = 0;
    for await (const text of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      parser ??= initParser(inferSchema(text as string));
      parser.chunk(text as string, parser.stringArrs, () => void rows++);
    }
    parser?.end();
    return rows;
  },
  async hyparquet() {
    const [{ asyncBufferFromFile, parquetReadObjects }, { compressors }] = await Promise.all([
      import('hyparquet') as Promise<unknown> as Promise<Hyparquet>,
      import('hyparquet-compressors'),
    ]);
    const buffer = await asyncBufferFromFile(file);
    return (await parquetReadObjects({ file: buffer, columns: ['id', 'text'], compressors })).length;
  },
};

const startedAt = performance.now();
const rows = await READERS[reader]!();
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(JSON.stringify({ seconds, rows, peakMib: peakMib() }));
