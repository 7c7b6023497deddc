import { basename } from 'node:path';
import { version } from '../../../package.json';
import type { ExportChoices } from '../../core/export-choices.ts';
import type { ExportOutcome } from '../../core/job-api.ts';
import { longTextsOf } from '../../core/long-texts.ts';
import type { OutputFormat } from '../../core/output-format.ts';
import type { JobManifest } from '../state/job-manifest.ts';

/** A finished output file. */
export type WrittenFile = {
  readonly suffix: string;
  readonly path: string;
  readonly byteLength: number;
  readonly sha256: string;
};

export type ManifestFacts = {
  readonly job: JobManifest;
  readonly format: OutputFormat;
  readonly choices: ExportChoices;
  readonly outcome: ExportOutcome;
  readonly files: readonly WrittenFile[];
  readonly exportSeconds: number;
};

/** What an export writes beside its files, as JSON: where they come from and what they must be. Names, never paths. */
export function outputManifest(facts: ManifestFacts): string {
  const { job, format, choices, outcome, files, exportSeconds } = facts;
  const { spec, summary, browserVersion } = job;
  const { fingerprint, output, device, rounds } = outcome.facts;
  const manifest = {
    version: 1,
    job: job.id,
    createdAt: new Date().toISOString(),
    format,
    selection: { rows: choices.rows ?? null, where: choices.where ?? null },
    rows: outcome.rows,
    inputRows: outcome.inputRows,
    rowsQuarantined: outcome.quarantined,
    files: files.map(({ suffix, path, byteLength, sha256 }) => ({
      name: basename(path),
      rows: outcome.rowsByFile[suffix] ?? null,
      bytes: byteLength,
      sha256,
    })),
    output,
    longTexts: {
      ...longTextsOf(spec.task),
      rowsTruncated: summary?.rowsTruncated ?? null,
      rowsSplit: summary?.rowsSplit ?? null,
      windows: summary?.windows ?? null,
    },
    input: basename(spec.input.path),
    model: basename(spec.model.path),
    fingerprint,
    device,
    retries: rounds,
    versions: { millrace: version, browser: browserVersion },
    timings: {
      computeSeconds: summary?.computeSeconds ?? null,
      exportSeconds: Math.round(exportSeconds * 1000) / 1000,
      rowsPerSecond: summary?.rowsPerSecond ?? null,
      tokensPerSecond: summary?.tokensPerSecond ?? null,
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
