import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DTYPES } from '../../../src/core/dtype.ts';
import type { JobSummary } from '../../../src/core/job-event.ts';
import { writeSmallBert } from '../../fixtures/bert/write-small-bert.mjs';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a job runs the weights that are asked for and says which; what the GPU cannot run is refused', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'rows.jsonl'), toJsonl(await realRows(12)));
  await writeSmallBert(join(folder, 'model'), { dtypes: DTYPES });
  const run = (dtype: string) =>
    runCli([
      ...[
        'run',
        join(folder, 'rows.jsonl'),
        '--model',
        join(folder, 'model'),
        '--device',
        'webgpu',
        '--json',
      ],
      ...['--dtype', dtype, '--out', join(folder, `${dtype}.npy`), '--state-dir', join(folder, 'state')],
    ]);

  const q4 = await run('q4');
  expect(q4.code, q4.stderr).toBe(0);
  const line = q4.stdout.split('\n').find((text) => text.includes('"kind":"summary"'));
  const { summary } = JSON.parse(line!) as { readonly summary: JobSummary };
  expect(summary).toMatchObject({
    weights: { dtype: 'q4', path: 'onnx/model_q4.onnx', reason: 'as asked' },
    // With the same weights on WASM.
    agreement: { rows: 4 },
  });
  expect(worstCosineOf(summary)).toBeGreaterThan(0.9999);

  const half = await run('fp16');
  expect(half.code).toBe(2);
  expect(half.stdout + half.stderr).toContain('this GPU does not compute in 16-bit floats');
});

function worstCosineOf({ agreement }: JobSummary): number {
  return agreement !== null && 'worstCosine' in agreement ? agreement.worstCosine : Number.NaN;
}
