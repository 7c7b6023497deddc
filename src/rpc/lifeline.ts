/** The method that every exposed worker has beside its own. */
export const LIFELINE = '$lifeline';
/** Another such method: it answers as long as the worker comes round to its messages. */
export const PULSE = '$pulse';

/**
 * Holds a Web Lock for as long as this worker lives: the browser gives it free when the worker ends, however it ends.
 * A worker that closes itself, or that the browser ends for want of memory, fires no event where it was started.
 * @returns the lock's name
 */
export async function holdLifeline(): Promise<string> {
  const name = `millrace-worker-${crypto.randomUUID()}`;
  await new Promise<void>((held, failed) => {
    const hold = async (): Promise<never> => {
      held();
      return new Promise(() => undefined);
    };
    navigator.locks.request(name, hold).catch(failed);
  });
  return name;
}

/** Resolves when the worker that holds this lock is gone. */
export async function lifelineCut(name: string): Promise<void> {
  await navigator.locks.request(name, () => undefined);
}
