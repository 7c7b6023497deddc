/** The time is counted in so many pieces. */
const PIECES = 20;

/**
 * The promise's outcome, or `expired()` thrown when it takes longer. The work itself is not stopped.
 * A machine that sleeps takes at most one piece of the time: otherwise whatever is in progress when the lid is closed
 * would count as hung when it is opened again (some systems' timers go on meanwhile).
 */
export async function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number,
  expired: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    const wait = (pieces: number): void => {
      timer = setTimeout(() => (pieces === 1 ? reject(expired()) : wait(pieces - 1)), timeoutMs / PIECES);
    };
    wait(PIECES);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
