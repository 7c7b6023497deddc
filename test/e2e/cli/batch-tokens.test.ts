import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobEvent, JobSummary } from '../../../src/core/job-event.ts';
import { browserPids } from '../../support/browser-processes.ts';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function eventsOf(stdout: string): JobEvent[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JobEvent);
}

function summaryOf(stdout: string): JobSummary {
  return eventsOf(stdout).find((event) => event.kind === 'summary')!.summary;
}

function searchesIn(stdout: string): string[] {
  return eventsOf(stdout).flatMap((event) =>
    event.kind === 'notice' && event.message.includes('found on the first rows') ? [event.message] : [],
  );
}

test.each([
  ['wasm', 20_000],
  ['webgpu', 3000],
])(
  'on %s a job finds its batch tokens, keeps them over a kill -9, and the next job has them from it',
  async (device, rows) => {
    const folder = tempFolder();
    const stateDir = join(folder, 'state');
    writeFileSync(join(folder, 'rows.jsonl'), toJsonl(await realRows(rows)));
    const args = (name: string) => [
      ...['run', join(folder, 'rows.jsonl'), '--model', DEMO_MODEL, '--id-column', 'id', '--device', device],
      ...['--out', join(folder, `${name}.npy`), '--state-dir', stateDir, '--name', name, '--json'],
    ];
    const killed = startCli(args('killed'));
    await killed.lineMatching(/"kind":"progress".*"rowsDone":[1-9]/);
    for (const pid of browserPids(stateDir)) process.kill(pid, 'SIGKILL');
    const { code, stdout } = await killed.result;
    expect(code).not.toBe(0);
    const [told, ...more] = searchesIn(stdout);
    expect(more).toEqual([]);

    const resumed = await runCli(['resume', 'killed', '--state-dir', stateDir, '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(searchesIn(resumed.stdout), 'a resume finds nothing anew').toEqual([]);
    const found = summaryOf(resumed.stdout).batching!;
    expect(found).toMatchObject({ source: 'found', halved: 0 });
    expect(told).toContain(`At most ${found.budgetTokens} tokens a batch`);

    const next = await runCli(args('next'));
    expect(next.code, next.stderr).toBe(0);
    expect(searchesIn(next.stdout)).toEqual([]);
    expect(summaryOf(next.stdout).batching).toEqual({ ...found, source: 'remembered' });
    const [a, b] = ['killed', 'next'].map((name) => readFileSync(join(folder, `${name}.npy`)));
    expect(a!.equals(b!), 'the same bytes as a job that ran through with that budget').toBe(true);
  },
);
