import { access, constants, mkdir, statfs } from 'node:fs/promises';
import type { DoctorCheck } from '../../core/job-api.ts';
import type { FoundBrowser } from '../browser/find-browser.ts';
import { OLDEST_GOOD_MAJOR, majorOf } from '../browser/browser-version.ts';
import { linuxHasGpu } from '../browser/launch-flags.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import type { LockOwner } from '../state/state-lock.ts';

const LITTLE_DISK_BYTES = 2 * 2 ** 30;

export function browserCheck(browser: FoundBrowser): DoctorCheck {
  const found = `${browser.path} ${browser.version} (${browser.how})`;
  const good = (majorOf(browser.version) ?? 0) >= OLDEST_GOOD_MAJOR;
  if (good) return { name: 'browser', status: 'ok', found, advice: null };
  return {
    name: 'browser',
    status: 'warning',
    found,
    advice: `Update it: version ${OLDEST_GOOD_MAJOR} or newer is faster and recovers from errors.`,
  };
}

/** What the kernel shows, which explains why a browser finds no hardware adapter. Null where it cannot be told. */
export function gpuDeviceCheck(platform: NodeJS.Platform): DoctorCheck | null {
  if (platform !== 'linux') return null;
  if (linuxHasGpu(platform))
    return {
      name: 'GPU in the kernel',
      status: 'ok',
      found: 'a GPU device; the browser is started with Vulkan',
      advice: null,
    };
  return {
    name: 'GPU in the kernel',
    status: 'warning',
    found: 'none: no /dev/dri/renderD*, /dev/nvidia* or /dev/dxg',
    advice:
      'On a machine with a GPU, install its driver with Vulkan; in a container, pass the device in (--device /dev/dri, --gpus all).',
  };
}

/** The state directory: is it there and writable, who holds it, and is there room. */
export async function stateChecks(
  stateDir: string,
  owner: LockOwner | null,
): Promise<readonly DoctorCheck[]> {
  const writable = await mkdir(stateDir, { recursive: true, mode: 0o700 })
    .then(() => access(stateDir, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
  if (!writable) {
    const advice = 'Correct its permissions, or choose another one with --state-dir or MILLRACE_STATE_DIR.';
    return [{ name: 'state directory', status: 'missing', found: `${stateDir} cannot be written`, advice }];
  }
  const held = owner === null ? '' : `; in use by \`millrace ${owner.command}\` (pid ${owner.pid})`;
  const { bavail, bsize } = await statfs(stateDir);
  const free = bavail * bsize;
  const little = free < LITTLE_DISK_BYTES;
  return [
    { name: 'state directory', status: 'ok', found: `${stateDir}${held}`, advice: null },
    {
      name: 'disk',
      status: little ? 'warning' : 'ok',
      found: `${formatBytes(free)} free`,
      advice: little
        ? 'Results are kept on this disk until `millrace rm`: make room, or choose another --state-dir.'
        : null,
    },
  ];
}
