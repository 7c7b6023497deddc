import { finishReplacing } from './replace-profile.ts';
import { lockStateDir } from './state-lock.ts';

/** Does something while this process owns the state directory. @throws JobError `STATE_BUSY`, or what `act` throws. */
export async function withStateLock<T>(stateDir: string, command: string, act: () => Promise<T>): Promise<T> {
  const lock = await lockStateDir(stateDir, command);
  try {
    await finishReplacing(stateDir);
    return await act();
  } finally {
    await lock.release();
  }
}
