// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { targetsTable } from './targets.mjs';

const RESULTS = new URL('results/', import.meta.url);

/**
 * @typedef {{ readonly title: string, readonly markdown: string, readonly data: unknown,
 *   readonly targets: readonly import('./targets.mjs').Target[], readonly device: string | null }} Section
 * `device` is what the section ran on, in words, where it ran on one.
 */

/**
 * Writes one table of all targets, then the sections, as Markdown and JSON to `test/bench/results/`, and prints them.
 * The file's name says device and model: `nvidia-ampere-minilm`.
 *
 * @param {{ readonly model: string, readonly command: string, readonly machine: import('./machine-facts.mjs').MachineFacts,
 *   readonly browser: string, readonly sections: readonly Section[] }} report
 */
export async function writeReport({ model, command, machine, browser, sections }) {
  const date = new Date().toISOString().slice(0, 10);
  const device = sections.find((section) => section.device !== null)?.device ?? 'no-device';
  const name = `${device}-${model}`.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
  const { cpu, cores, memoryGib, node, loadAverage, versions } = machine;
  const facts = [
    `- ${cpu}, ${cores} cores, ${memoryGib} GiB; load average before the start ${loadAverage.join(', ')}`,
    `- ${browser}, Node ${node}, ${Object.entries(versions)
      .map(([what, version]) => `${what} ${version}`)
      .join(', ')}`,
    ...sections.flatMap(({ title, device: on }) => (on === null ? [] : [`- ${title}: on ${on}`])),
  ].join('\n');
  const targets = sections.flatMap((section) => section.targets);
  const body = sections.map(({ title, markdown }) => `## ${title}\n\n${markdown}\n`).join('\n');
  const text = `# ${name}\n\n\`${command}\`, ${date}\n\n${facts}\n\n## Targets\n\n${targetsTable(targets)}\n\n${body}`;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${name}.md`, RESULTS), text);
  const data = { name, command, date, machine, browser, targets, sections };
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(data, null, 1)}\n`);
  console.log(`\n${text}`);
}
