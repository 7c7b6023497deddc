import type { DeviceAgreement } from './job-event.ts';

/** The measure of an agreement in words: `cosine at least 0.9999998`, or `scores within 1.2e-7`. */
export function describeAgreement(agreement: DeviceAgreement): string {
  return 'worstCosine' in agreement
    ? `cosine at least ${agreement.worstCosine.toFixed(7)}`
    : `scores within ${agreement.worstScoreGap.toExponential(1)}`;
}
