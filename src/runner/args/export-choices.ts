import {
  EXPORT_WHERE,
  type ExportChoices,
  type ExportWhere,
  type RowRange,
} from '../../core/export-choices.ts';
import { JobError } from '../../core/job-error.ts';
import { COMPRESSIONS, type Compression } from '../../core/output-format.ts';
import { MAX_ROWS_PER_FILE } from '../../core/job-spec.ts';
import { parseCount } from './parse-count.ts';

type Given = {
  readonly 'rows-per-file'?: string | undefined;
  readonly 'csv-guard'?: boolean | undefined;
  readonly compression?: string | undefined;
  readonly rows?: string | undefined;
  readonly where?: string | undefined;
};

/** The options of `millrace export` that say what of the results is written and how. @throws JobError `SPEC_INVALID`. */
export function exportChoices(given: Given): ExportChoices {
  const rowsPerFile = given['rows-per-file'];
  return {
    csvGuard: given['csv-guard'],
    compression: given.compression === undefined ? undefined : parseCompression(given.compression),
    rowsPerFile:
      rowsPerFile === undefined
        ? undefined
        : parseCount('--rows-per-file', rowsPerFile, 1, MAX_ROWS_PER_FILE),
    rows: given.rows === undefined ? undefined : parseRows(given.rows),
    where: given.where === undefined ? undefined : parseWhere(given.where),
  };
}

function parseRows(text: string): RowRange {
  const [, first, last] = /^(\d[\d_]*)-(\d[\d_]*)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) {
    throw new JobError('SPEC_INVALID', `--rows is "${text}"; it must be two row numbers, such as 0-999.`);
  }
  const range = { first: parseRow(first), last: parseRow(last) };
  if (range.first <= range.last) return range;
  throw new JobError('SPEC_INVALID', `--rows is "${text}": its first row comes after its last one.`);
}

function parseRow(text: string): number {
  return parseCount('--rows', text, 0, MAX_ROWS_PER_FILE);
}

function parseCompression(text: string): Compression {
  const found = COMPRESSIONS.find((each) => each === text);
  if (found !== undefined) return found;
  throw new JobError('SPEC_INVALID', `--compression is "${text}"; it must be ${COMPRESSIONS.join(' or ')}.`);
}

function parseWhere(text: string): ExportWhere {
  const found = EXPORT_WHERE.find((each) => each === text);
  if (found !== undefined) return found;
  throw new JobError('SPEC_INVALID', `--where is "${text}"; it must be ${EXPORT_WHERE.join(' or ')}.`);
}
