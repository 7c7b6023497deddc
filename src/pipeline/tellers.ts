import { factsText, isUsual } from '../core/format-words.ts';
import type { OpenedFile } from '../core/job-api.ts';
import type { JobEvent } from '../core/job-event.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';

/** Rows told one by one; the quarantine file has all of them. */
const MAX_REFUSED_TOLD = 1000;

/** Tells how a file is read, where that is not what anyone would take for granted, and not the same as before. */
export function openedTeller(onEvent: (event: JobEvent) => void): (file: OpenedFile) => void {
  let told = '';
  return ({ name, format, facts }) => {
    const text = isUsual(format, facts) ? '' : factsText(format, facts);
    if (text !== told && text !== '')
      onEvent({ kind: 'notice', level: 'info', message: `${name} is read as ${text}` });
    told = text;
  };
}

/** Tells of refused rows one by one, as long as somebody can still read that. */
export function quarantineTeller(
  onEvent: (event: JobEvent) => void,
): (refused: readonly QuarantineRecord[]) => void {
  let told = 0;
  return (refused) => {
    // Without the rows themselves: those belong into the quarantine file, not into logs.
    for (const { input: _, ...record } of refused.slice(0, MAX_REFUSED_TOLD - told))
      onEvent({ kind: 'quarantined', record });
    told = Math.min(MAX_REFUSED_TOLD, told + refused.length);
  };
}
