import { readModel } from '../../../../src/model/read-model.ts';
import { prepareTexts } from '../../../../src/task/prepare-texts.ts';
import { loadTokenizer } from '../../../../src/task/tokenize/load-tokenizer.ts';
import { createTextTokenizer } from '../../../../src/task/tokenize/text-tokenizer.ts';
import { fetchFiles } from '../fetch-files.ts';
import { timed, type StageContender, type StageInputs } from './work.ts';

export async function tokenizeStages({
  texts,
  modelUrl,
  modelFiles,
}: StageInputs): Promise<Record<string, Record<string, StageContender>>> {
  const model = await readModel({ name: 'bench', files: await fetchFiles(modelUrl, modelFiles) });
  const ours = createTextTokenizer(model);
  const { tokenizer: library } = loadTokenizer(model);
  const rows = Uint32Array.from(texts.keys());
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  return {
    tokenize: {
      Millrace: () => timed(async () => ({ rows: prepareTexts(ours, rows, texts, 0).lengths.length, bytes })),
      '@huggingface/tokenizers': () =>
        timed(async () => {
          let tokens = 0;
          for (const text of texts) tokens += library.encode(text).ids.length;
          return { rows: tokens === 0 ? 0 : texts.length, bytes };
        }),
    },
  };
}
