import { JobError } from '../../core/job-error.ts';
import { hasOnlyLoopback } from './only-loopback.ts';
import { grownCounts, readPacketCounts, type PacketCounts } from './packet-counts.ts';

/** What was seen of a run where nothing but loopback can be reached. */
export type OfflineProof = {
  /** No packet tried to leave, and no name was looked up. */
  readonly proven: boolean;
  /** Attempts by the kernel's names for them; empty when proven. */
  readonly attempts: PacketCounts;
};

/** Watches the kernel's counts of what tries to leave, from when it is made. */
export class OfflineWatch {
  readonly #before: PacketCounts;

  /** @throws JobError `OFFLINE_UNPROVEN` when more than loopback can be reached from here. */
  constructor() {
    if (!hasOnlyLoopback())
      throw new JobError('OFFLINE_UNPROVEN', 'More than loopback can be reached from here.');
    this.#before = readPacketCounts();
  }

  proof(): OfflineProof {
    const attempts = grownCounts(this.#before, readPacketCounts());
    return { proven: Object.keys(attempts).length === 0, attempts };
  }
}

/** For a run in which something tried to leave. */
export function offlineUnproven({ attempts }: OfflineProof): JobError {
  const counted = Object.entries(attempts).map(([name, count]) => `${name} ${count}`);
  return new JobError(
    'OFFLINE_UNPROVEN',
    `Something tried to reach the network while the job ran (the kernel counted ${counted.join(', ')}). Nothing got out: only loopback was there.`,
    {
      hint: 'The output is complete. Look for browser flags in MILLRACE_BROWSER_ARGS, or for a browser with policies or extensions of its own.',
      details: attempts,
    },
  );
}
