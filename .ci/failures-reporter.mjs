// A Vitest reporter that leaves what failed, and what passed only when tried again, in the file that MILLRACE_FAILURES
// names: the gate repeats it at the very end, where a log cut to its tail still has it.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

/** How many lines of an error are repeated: its message and the nearest frames. */
const ERROR_LINES = 8;

export default class FailuresReporter {
  #file = process.env['MILLRACE_FAILURES'];

  onTestCaseResult(testCase) {
    const { state, errors } = testCase.result();
    if (state === 'failed') this.#note('failed', nameOf(testCase), errors);
    else if (testCase.diagnostic()?.flaky)
      this.#note('passed only when tried again', nameOf(testCase), errors);
  }

  onTestRunEnd(modules, unhandledErrors) {
    for (const module of modules) {
      // Of a hook, an import or a worker, which no test case has.
      const errors = [
        ...module.errors(),
        ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
      ];
      if (errors.length > 0) this.#note('failed', module.moduleId, errors);
    }
    if (unhandledErrors.length > 0) this.#note('failed', 'outside of the tests', unhandledErrors);
  }

  #note(what, name, errors = []) {
    if (this.#file === undefined) return;
    const texts = errors.map(({ stack, message }) =>
      (stack ?? message).split('\n').slice(0, ERROR_LINES).join('\n'),
    );
    appendFileSync(this.#file, [`${what}: ${name}`, ...texts, ''].join('\n'));
  }
}

function nameOf(testCase) {
  const { project, module, fullName } = testCase;
  return `[${project.name}] ${module.relativeModuleId ?? module.moduleId} > ${fullName}`;
}
