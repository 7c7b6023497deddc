/** What a contender of a stage got done in one go. */
export type Work = {
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
};

/** One way to do a stage; called several times, the first of which does not count. */
export type StageContender = () => Promise<Work>;

/** What the stages work on. */
export type StageInputs = {
  readonly jsonl: Uint8Array<ArrayBuffer>;
  readonly csv: Uint8Array<ArrayBuffer>;
  /** The texts of both. */
  readonly texts: readonly string[];
  /** Where the model whose tokenizer is measured is served, with a slash at the end, and its files. */
  readonly modelUrl: string;
  readonly modelFiles: readonly string[];
};

/** Times a task that says how much it did. */
export async function timed(
  task: () => Promise<{ readonly rows: number; readonly bytes: number }>,
): Promise<Work> {
  const started = performance.now();
  const done = await task();
  return { ...done, seconds: (performance.now() - started) / 1000 };
}
