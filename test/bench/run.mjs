// @ts-check
// `npm run bench [-- --device webgpu|wasm --model DIR|minilm|small|demo --rows N --rounds N --batch-tokens N
//  --sections throughput,stages,scale,sessions,formats,size --stage-rows N --scale-rows N,N --peak-tflops N --no-build
//  --format-mb N,N --formats jsonl,parquet,… --size-mb jsonl:N,csv:N,… --through runner,page --name NAME]`; `-- formats` runs a section alone:
// figures, never part of the tests. See CONTRIBUTING.md.
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { benchModel } from './bench-model.mjs';
import { openBenchPage } from './bench-page.mjs';
import { benchFormats } from './formats.mjs';
import { installRival } from './install-rival.mjs';
import { machineFacts } from './machine-facts.mjs';
import { mixedTexts } from './mixed-texts.mjs';
import { benchScale } from './scale.mjs';
import { benchSize } from './size.mjs';
import { benchSessions } from './sessions.mjs';
import { benchStages, writeStageInputs } from './stages.mjs';
import { benchThroughput } from './throughput.mjs';
import { writeReport } from './write-report.mjs';

const { values, positionals } = parseArgs({
  // `npm run bench -- formats`
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'wasm' },
    model: { type: 'string' },
    rows: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    sections: { type: 'string', default: 'throughput,stages,scale' },
    'batch-tokens': { type: 'string' },
    'stage-rows': { type: 'string', default: '50000' },
    'scale-rows': { type: 'string', default: '10000,100000,1000000' },
    'peak-tflops': { type: 'string' },
    'format-mb': { type: 'string', default: '50,500' },
    formats: { type: 'string' },
    'size-mb': { type: 'string', default: 'jsonl:50,jsonl:500,jsonl:2000,csv:50,csv:500,csv:1000' },
    through: { type: 'string', default: 'runner,page' },
    // Of the files with the results.
    name: { type: 'string' },
    // With what an earlier run built, on a machine that has only Playwright.
    'no-build': { type: 'boolean', default: false },
  },
});
const { device } = values;
const sectionNames = positionals.length > 0 ? positionals : values.sections.split(',');
/** Sections that run in a page, beside others in a browser. */
const inPage = ['throughput', 'sessions', 'stages'].some((name) => sectionNames.includes(name));
// The small one where the GPU may be software.
const modelName = values.model ?? (device === 'wasm' ? 'minilm' : 'small');
const rows = Number(values.rows ?? (device === 'wasm' ? 256 : 192));
const rounds = Number(values.rounds);
const peakTflops = values['peak-tflops'] === undefined ? undefined : Number(values['peak-tflops']);

// Before anything here makes a load of its own.
const machine = await machineFacts();
const modules = installRival();
const opened = inPage ? await openPage() : null;

async function openPage() {
  if (!values['no-build']) await (await import('./build-bench.mjs')).buildBench();
  const inputs = await writeStageInputs(Number(values['stage-rows']));
  const model = await benchModel(modelName);
  const page = await openBenchPage({
    '/rival/': modules,
    '/models/bench/': model.dir,
    '/models/stages/': (await benchModel('minilm')).dir,
    '/inputs/': inputs.folder,
  });
  return { inputs, model, page };
}

/** What only sections in a page have. */
function inBrowser() {
  if (opened === null) throw new TypeError('expected a page to be open');
  return opened;
}

/** @type {Readonly<Record<string, () => Promise<import('./write-report.mjs').Section>>>} */
const SECTIONS = {
  throughput: async () => {
    const { page, model } = inBrowser();
    const texts = await mixedTexts(rows, modules);
    const batchTokens = values['batch-tokens'];
    return benchThroughput({ page, model, texts, device, rounds, batchTokens, peakTflops });
  },
  sessions: () => benchSessions({ page: inBrowser().page, modelUrl: '/models/bench/', rounds }),
  stages: () => benchStages({ page: inBrowser().page, inputs: inBrowser().inputs, rounds }),
  scale: () => benchScale({ rows: values['scale-rows'].split(',').map(Number), device }),
  formats: () =>
    benchFormats({
      sizes: values['format-mb'].split(',').map(Number),
      rounds,
      modules,
      only: values.formats?.split(',') ?? null,
      built: values['no-build'],
    }),
  size: () =>
    benchSize({
      files: values['size-mb'].split(','),
      through: values.through.split(','),
      built: values['no-build'],
    }),
};

try {
  const sections = [];
  for (const name of sectionNames) {
    const run = SECTIONS[name];
    if (run === undefined)
      throw new RangeError(`--sections knows ${Object.keys(SECTIONS).join(', ')}, not ${name}`);
    console.log(`\n== ${name}`);
    sections.push(await run());
  }
  const given = inPage
    ? `--device ${device} --model ${basename(modelName)} --rows ${rows} --rounds ${rounds} --sections ${sectionNames.join(',')}`
    : process.argv.slice(2).join(' ');
  await writeReport({
    model: values.name ?? (inPage ? basename(modelName) : sectionNames.join('-')),
    command: `npm run bench -- ${given}`,
    machine,
    browser: opened?.page.browser ?? 'no page',
    sections,
  });
} finally {
  await opened?.page.close();
  await opened?.inputs.remove();
}
