import { BATCHING_SOURCES } from '../../core/batching.ts';
import { DTYPES } from '../../core/dtype.ts';
import { ACTIVATIONS } from '../../core/finish.ts';
import { VECTOR_ELEMENTS } from '../../core/result-output.ts';
import { z } from '../../core/zod.ts';
import type { JobSummary } from '../../core/job-event.ts';
import { JOB_STATES } from '../../core/job-event.ts';
import { EXECUTION_PROVIDERS } from '../../core/device-info.ts';
import { jobSpecSchema } from '../../core/job-spec.ts';
import { BUSY_SOURCES } from '../../core/run-metrics.ts';

const count = z.number().min(0);

const metricsSchema = z.object({
  wallSeconds: count,
  rowsRun: count,
  deviceBusyShare: count,
  deviceBusyBy: z.enum(BUSY_SOURCES),
  readbackBytes: count,
  readbackBytesPerRow: count,
  commits: count,
  commitShare: count,
  // Absent in what an older Millrace wrote.
  deviceMemory: z
    .object({ mostHeapBytes: count, mostGpuBytes: count, renewals: count })
    .default({ mostHeapBytes: 0, mostGpuBytes: 0, renewals: 0 }),
  stageSeconds: z.object({ read: count, store: count, tokenize: count, device: count, commit: count }),
  idleSeconds: z.object({ rows: count, commit: count, other: count }),
});

const outputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('vector'), dims: count, element: z.enum(VECTOR_ELEMENTS) }),
  z.object({ kind: z.literal('labels'), labels: z.array(z.string()).readonly(), count }),
]);

const roundSchema = z.object({
  round: count,
  rowsRetried: count,
  rowsMended: count,
  rowsQuarantined: count,
  changed: z.array(z.string()).readonly(),
});

const summarySchema = z.object({
  rows: count,
  rowsEmbedded: count,
  rowsQuarantined: count,
  rowsTruncated: count,
  // Absent in what an older Millrace wrote.
  rowsSplit: count.default(0),
  windows: count.default(0),
  rowsCopied: count.default(0),
  rowsResumed: count,
  tokens: count,
  paddingRatio: z.number(),
  batches: count,
  output: outputSchema,
  // Absent in what an older Millrace wrote.
  activation: z.enum(ACTIVATIONS).nullable().default(null),
  computeSeconds: count,
  rowsPerSecond: count,
  tokensPerSecond: count,
  device: z.object({
    provider: z.enum(EXECUTION_PROVIDERS),
    label: z.string(),
    reason: z.string(),
    adapter: z
      .object({
        vendor: z.string(),
        architecture: z.string(),
        description: z.string(),
        software: z.boolean(),
        features: z.array(z.string()).readonly(),
        limits: z.record(z.string(), z.number()),
      })
      .nullable(),
    threads: count,
  }),
  // Absent in what an older Millrace wrote.
  weights: z
    .object({ dtype: z.enum(DTYPES), path: z.string(), reason: z.string() })
    .nullable()
    .default(null),
  agreement: z
    .union([
      z.object({ rows: count, worstCosine: z.number() }),
      z.object({ rows: count, worstScoreGap: z.number() }),
    ])
    .nullable(),
  // Absent in what an older Millrace wrote.
  metrics: metricsSchema.nullable().default(null),
  batching: z
    .object({
      budgetTokens: count,
      runCostTokens: count,
      source: z.enum(BATCHING_SOURCES),
      halved: count,
      bounds: z
        .object({ maxTensorBytes: count, heads: count, hidden: count, intermediate: count })
        .exactOptional(),
    })
    .nullable()
    .default(null),
  rounds: z.array(roundSchema).readonly().exactOptional(),
}) satisfies z.ZodType<JobSummary>;

/** What an older Millrace wrote says the width of its vectors, which were all there was. */
function withOutput(summary: unknown): unknown {
  if (typeof summary !== 'object' || summary === null || !('dims' in summary)) return summary;
  return { output: { kind: 'vector', dims: summary.dims, element: 'float32' }, ...summary };
}

/**
 * What the command line keeps of a job outside the browser: enough to list it, to resume it with nothing but its id,
 * and to notice that the browser's storage lost it. The rows themselves are in the profile's IndexedDB.
 */
export const jobManifestSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  state: z.enum(JOB_STATES),
  /** Paths are absolute; the model is a path or `demo`. */
  // The first version ran every row, and its specs had no word for that.
  spec: z.preprocess((spec) => ({ dedupe: false, ...(spec as object) }), jobSpecSchema),
  demo: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Rows in quarantine included. */
  rowsDone: count,
  rowsQuarantined: count,
  rowsTotal: count.nullable(),
  browserVersion: z.string().nullable(),
  /** Files of the last complete export, absolute. */
  outputFiles: z.array(z.string()),
  /** Set just before files get their final names: one that stands there is this job's own, should it be killed meanwhile. */
  publishing: z.array(z.string()).default([]),
  summary: z.preprocess(withOutput, summarySchema.nullable()),
  /** Of the last run, when `--prove-offline` was asked for. Absent in what an older Millrace wrote. */
  offline: z
    .object({ proven: z.boolean(), attempts: z.record(z.string(), count) })
    .nullable()
    .default(null),
  /** The last retry of its rows in quarantine; open until it is finished. Null before the first one. */
  retry: z.object({ spec: jobSpecSchema, open: z.boolean() }).nullable().default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

export type JobManifest = z.infer<typeof jobManifestSchema>;
