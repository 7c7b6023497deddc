import { realpath, stat } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import type { ByteRangeRef, DatasetRef } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import type { ExportTargetRef } from '../../core/export-target.ts';
import { outputExtension, type OutputFormat } from '../../core/output-format.ts';
import type { ModelRef } from '../../core/model-info.ts';
import type { ModelDir } from '../model/model-dir.ts';
import { INPUT_PATH, MODEL_PATH, OUTPUT_PATH, TOKEN_HEADER } from '../server/io-files.ts';
import type { PageServer } from '../server/page-server.ts';
import { folderState, mendFolder } from '../server/output-folder.ts';
import type { ServedFile } from '../server/served-file.ts';
import { outputNames, type OutputNames } from './output-names.ts';

type Served = Pick<PageServer, 'origin' | 'token'>;

/**
 * Makes sure that the output may be written, before hours are spent on computing it.
 * @throws JobError `OUTPUT_EXISTS`, or `SPEC_INVALID` when the output would replace the input or its folder cannot be.
 */
export async function checkOutput(
  path: string,
  format: OutputFormat,
  inputs: readonly string[],
  { force, inFolder }: { readonly force: boolean; readonly inFolder: boolean },
): Promise<OutputNames> {
  const names = outputNames(path, format, inFolder);
  const inputsNow = new Set<string>();
  for (const input of inputs) inputsNow.add(await resolved(input));
  for (const written of [names.main, ...names.companions()]) {
    if (inputsNow.has(await resolved(written))) {
      throw new JobError('SPEC_INVALID', `The output would replace the input: ${written}.`, {
        hint: 'Give --out another name.',
      });
    }
  }
  const existing = inFolder ? null : await stat(path).catch(() => null);
  if (names.staging !== null) {
    await mendFolder(path, names.staging);
    await checkFolder(path, force);
  }
  if (existing?.isDirectory()) {
    throw new JobError('SPEC_INVALID', `The output ${path} is a folder.`, {
      hint: `Name a file in it: ${join(path, `vectors.${outputExtension(format)}`)}.`,
    });
  }
  if (existing !== null && !force) {
    throw new JobError('OUTPUT_EXISTS', `The output ${path} exists already.`, {
      hint: 'Give --out another name, or replace it with --force.',
    });
  }
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found?.isDirectory()) return names;
    if (found !== null || folder === dirname(folder)) {
      throw new JobError(
        'SPEC_INVALID',
        `The output's folder ${dirname(path)} cannot be made: ${folder} is not a folder.`,
      );
    }
  }
}

async function checkFolder(path: string, force: boolean): Promise<void> {
  const state = await folderState(path);
  if (state === 'file') {
    throw new JobError('SPEC_INVALID', `The output ${path} is a file; --rows-per-file writes a folder.`, {
      hint: 'Give --out another name.',
    });
  }
  if (state === 'other') {
    throw new JobError('OUTPUT_EXISTS', `The output folder ${path} holds files that no export wrote.`, {
      hint: 'Name a folder of its own; --force does not replace this one.',
    });
  }
  if (state === 'output' && !force) {
    throw new JobError('OUTPUT_EXISTS', `The output folder ${path} exists already.`, {
      hint: 'Give --out another name, or replace it with --force.',
    });
  }
}

export function inputRefs(files: readonly ServedFile[], served: Served): DatasetRef {
  return files.map((file, index) => urlRef(file, `${served.origin}${INPUT_PATH}${index}`, served));
}

export function modelRef(model: ModelDir, served: Served): ModelRef {
  const files = model.files.map(
    ({ path, file }, index) => [path, urlRef(file, `${served.origin}${MODEL_PATH}${index}`, served)] as const,
  );
  return { name: model.name, files: Object.fromEntries(files) };
}

export function outputTarget(served: Served): ExportTargetRef {
  return { kind: 'http', url: `${served.origin}${OUTPUT_PATH}`, headers: { [TOKEN_HEADER]: served.token } };
}

function urlRef(file: ServedFile, url: string, served: Served): ByteRangeRef {
  return {
    kind: 'url',
    name: file.name,
    url,
    byteLength: file.byteLength,
    headers: { [TOKEN_HEADER]: served.token },
  };
}

/** The path with links followed as far as it exists, so that two ways to name one file are seen as one. */
async function resolved(path: string): Promise<string> {
  return realpath(path).catch(async () =>
    join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)),
  );
}
