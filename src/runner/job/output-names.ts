import { basename, extname, join } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import { outputExtension, type OutputFormat } from '../../core/output-format.ts';
import { FOLDER_MANIFEST, FOLDER_SUCCESS, MANIFEST_SUFFIX } from '../../core/output-manifest.ts';

const SUFFIX = /^(?:\.[a-z0-9_-]{1,32}){1,3}$/;
const FILE_IN_FOLDER = /^\/[a-z0-9_-]{1,40}(?:\.[a-z0-9_-]{1,32}){1,3}$/;
/** Files that an export may write beside its main one, and that must not be left over from an earlier run. */
const COMPANION_SUFFIXES = ['.quarantine.jsonl', '.errors.jsonl', '.ids.jsonl', MANIFEST_SUFFIX];

/** Where one export's files go. */
export interface OutputNames {
  /** What the user named: the main file, or the folder. */
  readonly main: string;
  /** The folder that holds everything until it is complete; null where files are given their final names one by one. */
  readonly staging: string | null;
  readonly manifest: string;
  /** Says that the folder is complete, without any bytes. */
  readonly success: string | null;
  /**
   * Path of a file until the output is published, and its final one where there is no folder.
   * @throws JobError `EXPORT_FAILED` for a suffix that could leave the folder or is none.
   */
  pathFor(suffix: string): string;
  companions(): readonly string[];
}

export function outputNames(path: string, format: OutputFormat, inFolder: boolean): OutputNames {
  return inFolder ? new FolderNames(path) : new FileNames(path, format);
}

/** The main file under the name that the user gave, the others beside it by suffix. */
class FileNames implements OutputNames {
  readonly main: string;
  readonly staging = null;
  readonly success = null;
  readonly #base: string;
  readonly #mainSuffix: string;

  constructor(path: string, format: OutputFormat) {
    this.main = path;
    this.#mainSuffix = `.${outputExtension(format)}`;
    this.#base = path.slice(0, path.length - extname(path).length);
  }

  get manifest(): string {
    return `${this.#base}${MANIFEST_SUFFIX}`;
  }

  pathFor(suffix: string): string {
    if (!SUFFIX.test(suffix)) throw noSuffix(suffix);
    return suffix === this.#mainSuffix ? this.main : `${this.#base}${suffix}`;
  }

  companions(): readonly string[] {
    return COMPANION_SUFFIXES.map((suffix) => `${this.#base}${suffix}`).filter((path) => path !== this.main);
  }
}

/** `OUT/part-00000.parquet`, …, as Spark and others lay them out; in `OUT.part` until all of them are there. */
class FolderNames implements OutputNames {
  readonly main: string;
  readonly staging: string;

  constructor(path: string) {
    this.main = path;
    this.staging = `${path}.part`;
  }

  get manifest(): string {
    return join(this.staging, FOLDER_MANIFEST);
  }

  get success(): string {
    return join(this.staging, FOLDER_SUCCESS);
  }

  pathFor(suffix: string): string {
    if (!FILE_IN_FOLDER.test(suffix)) throw noSuffix(suffix);
    return join(this.staging, suffix);
  }

  companions(): readonly string[] {
    return [];
  }
}

/** True for a name that an export in a folder gives, complete or not: such a folder may be replaced. */
export function isPartName(path: string): boolean {
  return /^(?:part-\d{5,}\.|_quarantine\.jsonl|_manifest\.json|_SUCCESS$)/.test(basename(path));
}

function noSuffix(suffix: string): JobError {
  return new JobError('EXPORT_FAILED', `"${suffix.slice(0, 80)}" is not a suffix of an output file.`);
}
