import { DEVICE_CHOICES, INPUT_FORMATS, OUTPUT_FORMATS } from '../../core/job-spec.ts';
import type { OptionTable } from './option-table.ts';

/** Options of `millrace run` that are fields of the job spec. */
export const jobSpecOptions = {
  job: {
    type: 'string',
    value: 'FILE',
    help: 'a job spec (JSON); its paths are relative to it; options below override it',
  },
  model: {
    type: 'string',
    value: 'DIR',
    help: 'a Hugging Face model directory with ONNX weights, or "demo" for the embedded model',
  },
  task: { type: 'string', value: 'TASK', help: 'what to do with each row: embed' },
  'text-column': { type: 'string', value: 'NAME', help: 'the column to read (default: text)' },
  'id-column': {
    type: 'string',
    value: 'NAME',
    help: 'a column whose values are unique; kept in the output',
  },
  keep: { type: 'string', value: 'A,B', help: 'more input columns to copy into the output' },
  format: {
    type: 'string',
    value: 'FORMAT',
    help: `format of INPUT: ${INPUT_FORMATS.join(', ')} (default: by its name)`,
  },
  out: { type: 'string', value: 'FILE', help: 'where the output goes' },
  'out-format': {
    type: 'string',
    value: 'FORMAT',
    help: `format of the output: ${OUTPUT_FORMATS.join(', ')} (default: by its name)`,
  },
  'rows-per-file': {
    type: 'string',
    value: 'N',
    help: 'make --out a folder with files of N rows each, a manifest and a _SUCCESS marker',
  },
  'csv-guard': {
    type: 'boolean',
    help: 'CSV: put an apostrophe before text that a spreadsheet would run as a formula',
  },
  device: {
    type: 'string',
    value: 'DEVICE',
    help: `${DEVICE_CHOICES.join(', ')}; auto: a hardware GPU if there is one, else wasm`,
  },
  'batch-tokens': {
    type: 'string',
    value: 'N|auto',
    help: "most padded tokens in a batch; auto: as is fastest on the job's first rows (default: auto)",
  },
  dedupe: {
    type: 'string',
    value: 'on|off',
    help: 'compute rows with the same tokens once (default: on)',
  },
  'max-length': { type: 'string', value: 'N', help: 'most tokens of a row (default: as the model says)' },
  normalize: {
    type: 'string',
    value: 'on|off',
    help: 'scale vectors to length 1 (default: as the model says)',
  },
} as const satisfies OptionTable;
