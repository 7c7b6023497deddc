import process from 'node:process';
import { EXIT } from '../../core/exit-code.ts';
import { finishReplacing } from './replace-profile.ts';
import { lockStateDir, ownerText } from './state-lock.ts';

/**
 * Does something while this process owns the state directory. When another one takes it over, because this machine slept
 * for too long, the process ends at once: two browsers on one profile would spoil it.
 * @throws JobError `STATE_BUSY`, or what `act` throws.
 */
export async function withStateLock<T>(stateDir: string, command: string, act: () => Promise<T>): Promise<T> {
  const lock = await lockStateDir(stateDir, command, {
    onLost: (owner) => {
      const message = `error: The state directory ${stateDir} was taken over by ${ownerText(owner)} while this one slept.`;
      process.stderr.write(`${message} What was committed is kept; it goes on there.\n`);
      process.exit(EXIT.failed);
    },
  });
  try {
    await finishReplacing(stateDir);
    return await act();
  } finally {
    await lock.release();
  }
}
