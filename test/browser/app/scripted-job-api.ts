import type {
  DoctorReport,
  ExportOutcome,
  ExportRequest,
  InputPreview,
  JobApi,
  JobRecord,
  PreviewRequest,
  RunOutcome,
  RunRequest,
} from '../../../src/core/job-api.ts';
import type { InputInspection, InspectRequest } from '../../../src/core/input-inspection.ts';
import type { StoredPage } from '../../../src/core/stored-record.ts';
import type { DeviceReport } from '../../../src/core/device-info.ts';
import type { JobEvent, JobProgress, JobSummary } from '../../../src/core/job-event.ts';
import { parseJobSpec, type JobSpec } from '../../../src/core/job-spec.ts';

export const SOFTWARE_DEVICE: DeviceReport = {
  provider: 'webgpu',
  label: 'webgpu: google swiftshader',
  reason: 'asked for; the only adapter is software (SwiftShader)',
  adapter: {
    vendor: 'google',
    architecture: 'swiftshader',
    description: 'SwiftShader',
    software: true,
    features: [],
    limits: {},
  },
  threads: 1,
};

export const WASM_DEVICE: DeviceReport = {
  provider: 'wasm',
  label: 'wasm: 2 threads',
  reason: 'no hardware GPU: the only adapter is software (SwiftShader)',
  adapter: null,
  threads: 2,
};

export const SUMMARY: JobSummary = {
  rows: 50_000,
  rowsEmbedded: 49_997,
  rowsQuarantined: 3,
  rowsTruncated: 12,
  rowsSplit: 0,
  windows: 0,
  rowsCopied: 34,
  rowsResumed: 0,
  tokens: 812_345,
  paddingRatio: 0.042,
  batches: 231,
  output: { kind: 'vector', dims: 100, element: 'float32' },
  activation: null,
  computeSeconds: 41.3,
  rowsPerSecond: 1211,
  tokensPerSecond: 19_669,
  device: WASM_DEVICE,
  weights: { dtype: 'fp32', path: 'onnx/model.onnx', reason: 'as asked' },
  agreement: null,
  batching: { budgetTokens: 8192, runCostTokens: 40, source: 'found', halved: 0 },
  metrics: null,
};

export function progressOf(fields: Partial<JobProgress>): JobProgress {
  return {
    rowsDone: 0,
    rowsQuarantined: 0,
    rowsWaiting: 0,
    rowsTotal: null,
    rowsTotalExact: false,
    bytesRead: 0,
    bytesTotal: 0,
    rowsPerSecond: 0,
    tokensPerSecond: 0,
    secondsLeft: null,
    ...fields,
  };
}

export function specOf(name: string): JobSpec {
  const base = name.replace(/\.[^.]+$/, '');
  return parseJobSpec({
    input: { path: name, textColumn: 'gloss' },
    model: { path: 'demo' },
    task: { kind: 'embed' },
    output: { path: `${base}.vectors.parquet` },
  });
}

export function recordOf(fields: Partial<JobRecord> & { readonly id: string }): JobRecord {
  return {
    state: 'paused',
    spec: specOf('glosses.jsonl'),
    createdAt: Date.UTC(2026, 10, 22, 9, 30),
    updatedAt: Date.UTC(2026, 10, 22, 9, 35),
    rowsDone: 12_345,
    rowsQuarantined: 0,
    rowsTotal: 50_000,
    inputComplete: true,
    error: null,
    retries: 0,
    retryOpen: false,
    ...fields,
  };
}

export const PREVIEW: InputPreview = {
  format: 'jsonl',
  facts: { encoding: 'utf-8', delimiter: null, header: null },
  columns: ['id', 'word', 'gloss'],
  rows: [
    ['n1', 'able', 'having the necessary means or skill or know-how or authority to do something'],
    ['n2', 'abaxial', 'facing away from the axis of an organ or organism'],
    ['n3', 'markup', '<img src=x onerror="globalThis.pwned = true"><script>globalThis.pwned = true</script>'],
  ],
  rejects: [],
  byteLength: 4096,
  files: 1,
};

export const INSPECTION: InputInspection = {
  format: 'jsonl',
  facts: PREVIEW.facts,
  compression: null,
  files: 1,
  byteLength: 4096,
  columns: PREVIEW.columns.map((name) => ({ name, types: ['string'], empty: 0 })),
  textColumn: 'gloss',
  idColumn: 'id',
  rows: [],
  sampleRows: 5000,
  sampled: 'spread',
  totalRows: 50_000,
  totalExact: false,
  problems: [],
  tokens: {
    model: 'glove-30k',
    maxLength: 128,
    rows: 5000,
    mean: 12.5,
    median: 11,
    p95: 30,
    longest: 200,
    histogram: [
      { upTo: 8, rows: 1000 },
      { upTo: 16, rows: 3000 },
      { upTo: 200, rows: 1000 },
    ],
    truncated: 50,
    jobTokens: 612_345,
  },
  notes: [],
};

/** One `run` that waits to be told what happens. */
export type ScriptedRun = {
  readonly request: RunRequest;
  readonly emit: (event: JobEvent) => void;
  readonly end: PromiseWithResolvers<RunOutcome>;
};

/**
 * The job worker's API with the answers in the test's hands: only for what the page shows.
 * That the calls do what they say is tested on the real pipeline, end to end.
 */
export class ScriptedJobApi implements JobApi {
  readonly calls: string[] = [];
  readonly runs: ScriptedRun[] = [];
  records: JobRecord[] = [];
  previewOf: (request: PreviewRequest) => Promise<InputPreview> = async () => PREVIEW;
  inspectOf: (request: InspectRequest) => Promise<InputInspection> = async () => INSPECTION;
  exportOf: (request: ExportRequest, onEvent: (event: JobEvent) => void) => Promise<ExportOutcome> =
    writeExport;
  onDrain: () => void = () => this.runs.at(-1)?.end.resolve({ kind: 'paused', rowsDone: 1 });

  run(request: RunRequest, onEvent: (event: JobEvent) => void): Promise<RunOutcome> {
    this.calls.push(`run ${request.resume ? 'resume' : 'new'}`);
    const end = Promise.withResolvers<RunOutcome>();
    this.runs.push({ request, emit: onEvent, end });
    return end.promise;
  }

  async drain(): Promise<void> {
    this.calls.push('drain');
    this.onDrain();
  }

  export(request: ExportRequest, onEvent: (event: JobEvent) => void): Promise<ExportOutcome> {
    this.calls.push(`export ${request.format}`);
    return this.exportOf(request, onEvent);
  }

  preview(request: PreviewRequest): Promise<InputPreview> {
    return this.previewOf(request);
  }

  inspect(request: InspectRequest): Promise<InputInspection> {
    return this.inspectOf(request);
  }

  async list(): Promise<readonly JobRecord[]> {
    return this.records;
  }

  async readStored(jobId: string): Promise<StoredPage> {
    this.calls.push(`readStored ${jobId}`);
    return { records: [], next: null };
  }

  async writeStored(jobId: string): Promise<void> {
    this.calls.push(`writeStored ${jobId}`);
  }

  async remove(jobId: string): Promise<void> {
    this.calls.push(`remove ${jobId}`);
    this.records = this.records.filter(({ id }) => id !== jobId);
  }

  async doctor(): Promise<DoctorReport> {
    return { checks: [], adapter: null, auto: WASM_DEVICE };
  }
}

/** Writes small files where an export would, so that the page has something to offer. */
async function writeExport({ target, format }: ExportRequest): Promise<ExportOutcome> {
  if (target.kind !== 'opfs') throw new TypeError(`expected an opfs target, got ${target.kind}`);
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(target.folder, { create: true });
  const files = [`.${format}`, '.quarantine.jsonl'];
  for (const suffix of files) {
    const handle = await folder.getFileHandle(target.baseName + suffix, { create: true });
    const stream = await handle.createWritable();
    await stream.write(`content of ${suffix}`);
    await stream.close();
  }
  return {
    rows: SUMMARY.rowsEmbedded,
    inputRows: SUMMARY.rowsEmbedded,
    quarantined: SUMMARY.rowsQuarantined,
    files,
    rowsByFile: {},
    notices: [],
    facts: {
      fingerprint: null,
      device: null,
      output: { kind: 'vector', dims: 2, element: 'float32' },
      rounds: [],
      longTexts: { rowsTruncated: 0, rowsSplit: 0, windows: 0 },
      compute: { seconds: 0, rowsPerSecond: 0, tokensPerSecond: 0 },
    },
  };
}
