import { serveCalls } from './serve-calls.ts';
import { exportStages } from './stages/export.ts';
import { parseStages } from './stages/parse.ts';
import { storeStages } from './stages/store.ts';
import { tokenizeStages } from './stages/tokenize.ts';
import type { StageContender, Work } from './stages/work.ts';

let stages: Record<string, Record<string, StageContender>>;

export type StagesSetup = {
  readonly jsonlUrl: string;
  readonly csvUrl: string;
  readonly modelUrl: string;
  readonly modelFiles: readonly string[];
};

serveCalls({
  /** Loads the inputs. Resolves with the names of the contenders of each stage, Millrace first. */
  async setup({ jsonlUrl, csvUrl, ...model }: StagesSetup): Promise<Record<string, string[]>> {
    const bytesOf = async (url: string) => (await fetch(url)).bytes();
    const [jsonl, csv] = await Promise.all([bytesOf(jsonlUrl), bytesOf(csvUrl)]);
    const lines = new TextDecoder().decode(jsonl).trimEnd().split('\n');
    const texts = lines.map((line) => (JSON.parse(line) as { readonly text: string }).text);
    const inputs = { jsonl, csv, texts, ...model };
    stages = {
      ...parseStages(inputs),
      ...(await tokenizeStages(inputs)),
      ...storeStages(inputs),
      ...exportStages(),
    };
    return Object.fromEntries(
      Object.entries(stages).map(([name, contenders]) => [name, Object.keys(contenders)]),
    );
  },

  async measure(asked: { readonly stage: string; readonly contender: string }): Promise<Work> {
    return stages[asked.stage]![asked.contender]!();
  },
});
