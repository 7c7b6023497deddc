import { version } from '../../package.json';
import { lastName } from './last-name.ts';
import type { ExportChoices } from './export-choices.ts';
import type { ExportOutcome } from './job-api.ts';
import type { JobSpec } from './job-spec.ts';
import type { OutputFormat } from './output-format.ts';
import { longTextsOf } from './long-texts.ts';

/** Of a manifest beside one output file. */
export const MANIFEST_SUFFIX = '.manifest.json';
/** In a folder of parts; the second one says, without any bytes, that the folder is complete. */
export const FOLDER_MANIFEST = '_manifest.json';
export const FOLDER_SUCCESS = '_SUCCESS';

/** A finished output file. */
export type WrittenFile = {
  readonly suffix: string;
  /** Without folders. */
  readonly name: string;
  readonly byteLength: number;
  /** Lower-case hex. */
  readonly sha256: string;
};

export type ManifestFacts = {
  readonly jobId: string;
  readonly spec: JobSpec;
  readonly format: OutputFormat;
  readonly choices: ExportChoices;
  readonly outcome: ExportOutcome;
  readonly files: readonly WrittenFile[];
  /** Null when it is not known. */
  readonly browserVersion: string | null;
  readonly exportSeconds: number;
};

/** What an export writes beside its files, as JSON: where they come from and what they must be. Names, never paths. */
export function outputManifest(facts: ManifestFacts): string {
  const { jobId, spec, format, choices, outcome, files, browserVersion, exportSeconds } = facts;
  const { fingerprint, output, device, rounds, longTexts, compute } = outcome.facts;
  const manifest = {
    version: 1,
    job: jobId,
    createdAt: new Date().toISOString(),
    format,
    selection: { rows: choices.rows ?? null, where: choices.where ?? null },
    rows: outcome.rows,
    inputRows: outcome.inputRows,
    rowsQuarantined: outcome.quarantined,
    files: files.map(({ suffix, name, byteLength, sha256 }) => ({
      name,
      rows: outcome.rowsByFile[suffix] ?? null,
      bytes: byteLength,
      sha256,
    })),
    output,
    longTexts: { ...longTextsOf(spec.task), ...longTexts },
    input: lastName(spec.input.path),
    model: lastName(spec.model.path),
    fingerprint,
    device,
    retries: rounds,
    versions: { millrace: version, browser: browserVersion },
    timings: {
      computeSeconds: compute.seconds,
      exportSeconds: Math.round(exportSeconds * 1000) / 1000,
      rowsPerSecond: compute.rowsPerSecond,
      tokensPerSecond: compute.tokensPerSecond,
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
