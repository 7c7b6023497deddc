// One reader over one file: `node read-worker.mjs FILE READER MODULES`, see ../formats.mjs.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { createGunzip } from 'node:zlib';
import { RecordBatchReader } from 'apache-arrow';
import type { ByteRange } from '../../../src/core/byte-range.ts';
import { inputFormatOf } from '../../../src/core/input-format.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import { peakMib } from './peak-memory.ts';

const [, , file = '', reader = '', modules = ''] = process.argv;

type Papa = {
  parse(
    stream: NodeJS.ReadableStream,
    config: {
      header: boolean;
      step: (result: { readonly data: readonly string[] }) => void;
      complete: () => void;
      error: (e: unknown) => void;
    },
  ): void;
};
type Udsv = {
  inferSchema(text: string): unknown;
  initParser(schema: unknown): {
    readonly chunk: (text: string, parse: unknown, each: (row: readonly string[]) => void) => void;
    readonly stringArrs: unknown;
    end(): void;
  };
};
type Hyparquet = {
  asyncBufferFromFile(path: string): Promise<unknown>;
  parquetReadObjects(options: object): Promise<readonly Row[]>;
};
type Row = { readonly id: string; readonly text: string };

const load = async (path: string): Promise<unknown> =>
  import(/* @vite-ignore */ pathToFileURL(`${modules}/${path}`).href);

/** Characters of the ids and texts that a rival made: a value that nobody looks at may never be made. */
let characters = 0;

/** The file, opened once, as a page has it and every rival. */
async function openFile(): Promise<ByteRange> {
  const handle = await open(file);
  const { size } = await handle.stat();
  return {
    name: file,
    byteLength: size,
    async slice(start, end) {
      const bytes = new Uint8Array(Math.max(Math.min(end, size) - start, 0));
      await handle.read(bytes, 0, bytes.length, start);
      return bytes;
    },
  };
}

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
    for await (const chunk of readDataset([await openFile()], options, null, new AbortController().signal))
      rows += chunk.rowCount;
    return rows;
  },
  async 'JSON.parse a line'() {
    let rows = 0;
    const bytes = createReadStream(file);
    const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
    for await (const line of createInterface({ input })) {
      const { id, text } = JSON.parse(line) as Row;
      characters += id.length + text.length;
      rows++;
    }
    return rows;
  },
  async 'lines of Node'() {
    let rows = 0;
    for await (const line of createInterface({ input: createReadStream(file) })) {
      characters += line.length;
      rows += line === '' ? 0 : 1;
    }
    return rows;
  },
  async 'apache-arrow'() {
    let rows = 0;
    for await (const batch of await RecordBatchReader.from(createReadStream(file))) {
      const id = batch.getChild('id');
      const text = batch.getChild('text');
      for (const column of [id, text])
        for (let i = 0; i < batch.numRows; i++) characters += String(column?.get(i)).length;
      rows += batch.numRows;
    }
    return rows;
  },
  async PapaParse() {
    const { default: papa } = (await load('papaparse/papaparse.js')) as { readonly default: Papa };
    let rows = 0;
    await new Promise<void>((complete, error) =>
      papa.parse(createReadStream(file), {
        header: false,
        step: ({ data: [id = '', , text = ''] }) => {
          // The first is the header.
          if (rows++ > 0) characters += id.length + text.length;
        },
        complete,
        error,
      }),
    );
    return rows - 1;
  },
  async uDSV() {
    const { inferSchema, initParser } = (await load('udsv/dist/uDSV.mjs')) as Udsv;
    let parser: ReturnType<Udsv['initParser']> | null = null;
    let rows = 0;
    for await (const text of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      parser ??= initParser(inferSchema(text as string));
      parser.chunk(text as string, parser.stringArrs, ([id = '', , column = '']) => {
        characters += id.length + column.length;
        rows++;
      });
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
    const rows = await parquetReadObjects({ file: buffer, columns: ['id', 'text'], compressors });
    for (const { id, text } of rows) characters += id.length + text.length;
    return rows.length;
  },
};

const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const rows = await READERS[reader]!();
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const cpuSeconds = (user + system) / 1e6;
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, rows, characters, peakMib: peakMib() }));
