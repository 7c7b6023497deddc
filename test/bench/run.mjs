// @ts-check
// `npm run bench [-- --device webgpu|wasm --model DIR|minilm|small|demo --rows N --rounds N --batch-tokens N
//  --sections throughput,stages,scale,sessions --stage-rows N --scale-rows N,N --peak-tflops N --no-build]`:
// figures, never part of the tests. See CONTRIBUTING.md.
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { benchModel } from './bench-model.mjs';
import { openBenchPage } from './bench-page.mjs';
import { installRival } from './install-rival.mjs';
import { machineFacts } from './machine-facts.mjs';
import { mixedTexts } from './mixed-texts.mjs';
import { benchScale } from './scale.mjs';
import { benchSessions } from './sessions.mjs';
import { benchStages, writeStageInputs } from './stages.mjs';
import { benchThroughput } from './throughput.mjs';
import { writeReport } from './write-report.mjs';

const { values } = parseArgs({
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
    // With what an earlier run built, on a machine that has only Playwright.
    'no-build': { type: 'boolean', default: false },
  },
});
const { device } = values;
// The small one where the GPU may be software.
const modelName = values.model ?? (device === 'wasm' ? 'minilm' : 'small');
const rows = Number(values.rows ?? (device === 'wasm' ? 256 : 192));
const rounds = Number(values.rounds);
const peakTflops = values['peak-tflops'] === undefined ? undefined : Number(values['peak-tflops']);

// Before anything here makes a load of its own.
const machine = await machineFacts();
const modules = installRival();
if (!values['no-build']) await (await import('./build-bench.mjs')).buildBench();
const inputs = await writeStageInputs(Number(values['stage-rows']));
const model = await benchModel(modelName);
const page = await openBenchPage({
  '/rival/': modules,
  '/models/bench/': model.dir,
  '/models/stages/': (await benchModel('minilm')).dir,
  '/inputs/': inputs.folder,
});

/** @type {Readonly<Record<string, () => Promise<import('./write-report.mjs').Section>>>} */
const SECTIONS = {
  throughput: async () => {
    const texts = await mixedTexts(rows, modules);
    const batchTokens = values['batch-tokens'];
    return benchThroughput({ page, model, texts, device, rounds, batchTokens, peakTflops });
  },
  sessions: () => benchSessions({ page, modelUrl: '/models/bench/', rounds }),
  stages: () => benchStages({ page, inputs, rounds }),
  scale: () => benchScale({ rows: values['scale-rows'].split(',').map(Number), device }),
};

try {
  const sections = [];
  for (const name of values.sections.split(',')) {
    const run = SECTIONS[name];
    if (run === undefined)
      throw new RangeError(`--sections knows ${Object.keys(SECTIONS).join(', ')}, not ${name}`);
    console.log(`\n== ${name}`);
    sections.push(await run());
  }
  await writeReport({
    model: basename(modelName),
    command: `npm run bench -- --device ${device} --model ${basename(modelName)} --rows ${rows} --rounds ${rounds} --sections ${values.sections}`,
    machine,
    browser: page.browser,
    sections,
  });
} finally {
  await page.close();
  await inputs.remove();
}
