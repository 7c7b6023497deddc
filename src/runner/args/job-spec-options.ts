import { DTYPE_CHOICES } from '../../core/dtype.ts';
import { ACTIVATIONS } from '../../core/finish.ts';
import { INPUT_ENCODINGS, INPUT_FORMATS } from '../../core/input-format.ts';
import { COMPRESSIONS, OUTPUT_FORMATS } from '../../core/output-format.ts';
import { DEVICE_CHOICES, TASK_KINDS } from '../../core/job-spec.ts';
import { LONG_CHOICES } from '../../core/long-texts.ts';
import { VECTOR_ELEMENTS } from '../../core/result-output.ts';
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
    help: 'a Hugging Face model directory with ONNX weights, of texts or of images, or "demo" for the embedded model',
  },
  task: {
    type: 'string',
    value: 'TASK',
    help: `what to do with each row: ${TASK_KINDS.join(', ')} (default: embed)`,
  },
  'text-column': { type: 'string', value: 'NAME', help: 'the column to read (default: text)' },
  'id-column': {
    type: 'string',
    value: 'NAME',
    help: 'a column whose values are unique; kept in the output (default for pictures: path)',
  },
  keep: { type: 'string', value: 'A,B', help: 'more input columns to copy into the output' },
  format: {
    type: 'string',
    value: 'FORMAT',
    help: `format of INPUT: ${INPUT_FORMATS.join(', ')} (default: by its name and start)`,
  },
  encoding: {
    type: 'string',
    value: 'NAME',
    help: `encoding of INPUT: ${INPUT_ENCODINGS.join(', ')} or latin1 (default: found out)`,
  },
  delimiter: {
    type: 'string',
    value: 'CHAR',
    help: 'between the fields of a CSV file; tab for a tab (default: found out)',
  },
  'no-header': {
    type: 'boolean',
    help: 'the first line of a CSV file is a record; its columns are c1, c2, …',
  },
  out: { type: 'string', value: 'FILE', help: 'where the output goes' },
  'out-format': {
    type: 'string',
    value: 'FORMAT',
    help: `format of the output: ${OUTPUT_FORMATS.join(', ')} (default: by its name; openai for .jsonl when INPUT is OpenAI Batch requests)`,
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
  compression: {
    type: 'string',
    value: 'HOW',
    help: `Parquet: ${COMPRESSIONS.join(', ')}; auto: Zstandard for all but vectors, which are written much faster as they are`,
  },
  device: {
    type: 'string',
    value: 'DEVICE',
    help: `${DEVICE_CHOICES.join(', ')}; auto: a hardware GPU if there is one, else wasm`,
  },
  dtype: {
    type: 'string',
    value: 'DTYPE',
    help: `which of the model's weights: ${DTYPE_CHOICES.join(', ')}; auto: fp16 on a hardware GPU that computes in it, else fp32`,
  },
  'batch-tokens': {
    type: 'string',
    value: 'N|auto',
    help: "most padded tokens in a batch; auto: as is fastest on the job's first rows (default: auto)",
  },
  dedupe: {
    type: 'string',
    value: 'on|off',
    help: 'compute rows with the same tokens or pixels once (default: on)',
  },
  'max-quarantine': {
    type: 'string',
    value: 'N|P%',
    help: 'stop when more rows than this are bad (default: auto, more than half of at least 1,000; 100%: never)',
  },
  'max-length': { type: 'string', value: 'N', help: 'most tokens of a row (default: as the model says)' },
  long: {
    type: 'string',
    value: 'HOW',
    help: `texts longer than that: ${LONG_CHOICES.join(', ')}; split: a row for each of overlapping windows; pool (embed): one vector of those of the windows (default: truncate)`,
  },
  overlap: {
    type: 'string',
    value: 'N',
    help: 'split, pool: a window begins with the last words of the one before, N tokens at most (default: an eighth of a window)',
  },
  normalize: {
    type: 'string',
    value: 'on|off',
    help: 'embed: scale vectors to length 1 (default: as the model says)',
  },
  precision: {
    type: 'string',
    value: 'ELEMENT',
    help: `embed: ${VECTOR_ELEMENTS.join(', ')}; int8 is a value times 127, binary its sign (default: float32)`,
  },
  dimensions: {
    type: 'string',
    value: 'N',
    help: 'embed: keep the first N values of a vector, for Matryoshka models (default: all)',
  },
  'top-k': { type: 'string', value: 'K', help: 'classify: the best K labels of a row (default: 1)' },
  activation: {
    type: 'string',
    value: 'NAME',
    help: `classify: what makes scores, ${ACTIVATIONS.join(', ')} (default: as the model says)`,
  },
} as const satisfies OptionTable;
