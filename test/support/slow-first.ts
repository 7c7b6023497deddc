import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first: one that began late would run on alone when all else is done. */
const SLOW = [
  'e2e/cli/resume',
  'e2e/runner/cli',
  'e2e/cli/faults',
  'e2e/page/job-by-hand',
  'e2e/cli/bad-input',
  'e2e/cli/finish',
  'e2e/cli/vectors',
  'e2e/cli/batch-tokens',
  'e2e/cli/engines',
  'e2e/cli/dedupe',
  'e2e/cli/old-layouts',
  'e2e/cli/inputs',
  'e2e/cli/retry',
  'e2e/cli/changed',
  'e2e/cli/images',
  'e2e/privacy/wipe',
  'e2e/page/quota',
  'browser/device/bert',
  'browser/app/real-datasets',
  'browser/pipeline/retry',
  'browser/pipeline/renewal',
  'browser/pipeline/long-texts',
  'browser/device/hostile-models',
  'browser/device/finish-vectors',
  'browser/device/failures',
  'browser/device/pooling',
  'browser/device/dtypes',
  'browser/pipeline/openai-batch',
  'conformance/export/sink-format',
  'node/corpora/damaged-inputs',
  'node/task/bert-words-real',
];

/** Vitest goes by the times of its cache, and by the size of the files where it has none, as on a fresh clone. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = SLOW.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place < 0 ? SLOW.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
