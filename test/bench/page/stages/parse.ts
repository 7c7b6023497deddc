import Papa from 'rival:papaparse';
import { inferSchema, initParser } from 'rival:udsv';
import { formatNamed } from '../../../../src/source/formats.ts';
import { readChunks } from '../../../../src/source/read-chunks.ts';
import { DEFAULT_READ_LIMITS } from '../../../../src/source/read-options.ts';
import { memoryByteRange } from '../../../../src/util/byte-range/memory-byte-range.ts';
import { timed, type StageContender, type StageInputs } from './work.ts';

const { signal } = new AbortController();

/** Records of a file, all columns, and nothing done with them. */
function records(format: 'jsonl' | 'csv', bytes: Uint8Array<ArrayBuffer>): StageContender {
  return () =>
    timed(async () => {
      const options = { columns: ['id', 'text'], parse: {}, ...DEFAULT_READ_LIMITS };
      const reader = await formatNamed(format).open(memoryByteRange('bench', bytes), options, signal);
      const cursor = reader.read({ byte: 0, line: 1 }, signal);
      let rows = 0;
      for (;;) {
        if (cursor.next() !== null) rows++;
        else if (!(await cursor.fill())) return { rows, bytes: bytes.length };
      }
    });
}

/** Chunks ready to be stored: parsed, checked, hashed and packed. */
function chunks(format: 'jsonl' | 'csv', bytes: Uint8Array<ArrayBuffer>): StageContender {
  return () =>
    timed(async () => {
      const read = [{ role: 'text', column: 'text', type: 'text' }] as const;
      const options = { format, read, idColumn: 'id', keep: ['id'] };
      let rows = 0;
      for await (const chunk of readChunks(memoryByteRange('bench', bytes), options, null, signal))
        rows += chunk.rowCount;
      return { rows, bytes: bytes.length };
    });
}

/** What everyone does who has the whole file in memory: a text, its lines, an object each. */
export function parseLines(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  let rows = 0;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    JSON.parse(text.slice(at, end));
    at = end + 1;
    rows++;
  }
  return rows;
}

export function parseStages({ jsonl, csv }: StageInputs): Record<string, Record<string, StageContender>> {
  return {
    'parse JSONL': {
      Millrace: records('jsonl', jsonl),
      'JSON.parse a line': () => timed(async () => ({ rows: parseLines(jsonl), bytes: jsonl.length })),
    },
    'parse CSV': {
      Millrace: records('csv', csv),
      uDSV: () =>
        timed(async () => {
          const text = new TextDecoder().decode(csv);
          return { rows: initParser(inferSchema(text)).stringArrs(text).length, bytes: csv.length };
        }),
      PapaParse: () =>
        timed(async () => {
          const { data } = Papa.parse(new TextDecoder().decode(csv), { skipEmptyLines: true });
          return { rows: data.length - 1, bytes: csv.length };
        }),
    },
    'chunks of JSONL (parse, check, hash, pack)': {
      Millrace: chunks('jsonl', jsonl),
      'JSON.parse a line': () => timed(async () => ({ rows: parseLines(jsonl), bytes: jsonl.length })),
    },
  };
}
