import { existsSync, readFileSync } from 'node:fs';

/** Of this process alone: what `resourceUsage` says begins with what the process that started it had. */
export function peakMib(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
  return Math.round(kib / 1024);
}
