import { execFileSync } from 'node:child_process';

/** Whether this machine lets its users make network namespaces, as `--prove-offline` needs. */
export function canProveOffline(): boolean {
  try {
    execFileSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
