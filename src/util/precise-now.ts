/** Milliseconds since the epoch with the resolution of `performance.now`, comparable between threads, and never set back. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
