import { z } from '../../src/core/zod.ts';
import { jobSpecSchema, parseJobSpec, type JobSpec } from '../../src/core/job-spec.ts';

const INPUT = {
  path: 'docs.csv',
  morePaths: ['more.csv'],
  format: 'csv',
  encoding: 'windows-1252',
  delimiter: ';',
  header: false,
  textColumn: 'body',
  idColumn: 'key',
  keep: ['lang', 'n'],
} as const;

const REST = {
  input: INPUT,
  model: { path: 'mini', dtype: 'fp16' },
  device: 'wasm',
  batchTokens: 512,
  dedupe: false,
  maxQuarantine: '1%',
} as const;

/** Job specs that set every field there is to something other than usual. A new field of the schema needs its place here. */
export const WHOLE_SPECS: readonly JobSpec[] = [
  parseJobSpec({
    ...REST,
    task: {
      kind: 'embed',
      maxLength: 64,
      long: 'pool',
      overlap: 8,
      normalize: true,
      precision: 'int8',
      dimensions: 32,
    },
    output: { path: 'out/vectors', format: 'parquet', rowsPerFile: 1000, compression: 'zstd' },
  }),
  parseJobSpec({
    ...REST,
    task: { kind: 'classify', maxLength: 64, long: 'split', overlap: 4, topK: 3, activation: 'sigmoid' },
    output: { path: 'out/labels.csv', format: 'csv', csvGuard: true },
  }),
];

type Schema = {
  readonly properties?: Record<string, Schema>;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
};

/** Paths of all fields of the job spec: `input.path`, `task.topK`, …; of fields that are objects, those of their fields. */
export function specFields(): readonly string[] {
  const schema = z.toJSONSchema(jobSpecSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return [...new Set(fieldsOf(schema, ''))].filter((path) => path !== 'version');
}

function fieldsOf({ properties, oneOf, anyOf }: Schema, path: string): string[] {
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, one]) =>
      fieldsOf(one, path === '' ? name : `${path}.${name}`),
    );
  const objects = [...(oneOf ?? []), ...(anyOf ?? [])].filter((one) => one.properties !== undefined);
  return objects.length > 0 ? objects.flatMap((one) => fieldsOf(one, path)) : [path];
}

/** The value at `input.path`, … of a spec. */
export function fieldOf(spec: JobSpec, path: string): unknown {
  let value: unknown = spec;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}
