import { defaultBatching } from '../../../src/batch/default-batching.ts';
import { gatherBatch } from '../../../src/batch/gather-batch.ts';
import { planBatches } from '../../../src/batch/plan-batches.ts';
import { weightsTarget } from '../../../src/model/choose-weights.ts';
import { readModel } from '../../../src/model/read-model.ts';
import { createTextTokenizer } from '../../../src/task/tokenize/text-tokenizer.ts';
import { prepareTexts } from '../../../src/task/prepare-texts.ts';
import { openBareLoop, type BareLoop } from './bare-loop.ts';
import type { ContenderSetup, Measured } from './contender.ts';
import { fetchFiles } from './fetch-files.ts';
import { serveCalls } from './serve-calls.ts';

let loop: BareLoop;
let tokens = 0;
let paddedTokens = 0;
let rows = 0;
let attended = 0;

serveCalls({
  /** Tokenizes, sorts and packs everything, builds every tensor, loads the model and runs it once. */
  async setup(setup: ContenderSetup): Promise<void> {
    const files = await fetchFiles(setup.modelUrl, setup.modelFiles);
    const model = await readModel({ name: 'bench', files }, { target: weightsTarget(setup.device) });
    const order = Uint32Array.from(setup.texts.keys());
    const examples = prepareTexts(createTextTokenizer(model), order, setup.texts, 0);
    const { lengths, tokenIds } = examples;
    const starts = new Uint32Array(lengths.length);
    for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!;
    const batching = defaultBatching(setup.device);
    const budgetTokens = setup.budgetTokens ?? batching.budgetTokens;
    const plans = planBatches(lengths, { ...batching, budgetTokens });
    const batches = plans.map((plan) =>
      gatherBatch({ tokenIds, lengths, starts }, plan.examples, plan.paddedLength),
    );
    rows = lengths.length;
    tokens = tokenIds.length;
    attended = lengths.reduce((sum, length) => sum + length ** 2, 0) / tokens;
    paddedTokens = plans.reduce((sum, plan) => sum + plan.examples.length * plan.paddedLength, 0);
    loop = await openBareLoop(setup, model, batches);
  },

  async measure(): Promise<Measured> {
    const started = performance.now();
    const checksum = await loop();
    const seconds = (performance.now() - started) / 1000;
    return { rows, tokens, paddedTokens, seconds, attended, checksum };
  },
});
