import { readdirSync } from 'node:fs';
import type { Environment } from '../state/state-dir.ts';
import { withBrowserFeatures } from './browser-features.ts';

/** Name under which the runner's browser knows the page. Storage belongs to it, so it must never change. */
export const PAGE_HOST = 'millrace.localhost';

/**
 * Flags of the runner's browser beside Playwright's own. No host name resolves but the page's, and WebRTC cannot go
 * around that: so nothing leaves the machine, whatever the page does.
 */
export function launchFlags(port: number, hardwareGpu: boolean, env: Environment): readonly string[] {
  return withBrowserFeatures([
    `--host-resolver-rules=MAP ${PAGE_HOST} 127.0.0.1:${port}, MAP * ~NOTFOUND`,
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    // On Linux WebGPU is behind this flag on many drivers.
    '--enable-unsafe-webgpu',
    ...(hardwareGpu ? LINUX_GPU_FLAGS : []),
    ...userFlags(env),
  ]);
}

/** Flags that the user adds. */
export function userFlags(env: Environment): readonly string[] {
  return (env['MILLRACE_BROWSER_ARGS'] ?? '').split(/\s+/).filter((flag) => flag.startsWith('--'));
}

/**
 * Vulkan without a window, for machines that have a GPU. Measured on Chromium 156 without one: this set keeps the software
 * adapter, while `--enable-features=Vulkan --use-angle=vulkan --ignore-gpu-blocklist` alone leaves no adapter at all.
 */
const LINUX_GPU_FLAGS: readonly string[] = [
  '--ignore-gpu-blocklist',
  '--use-angle=vulkan',
  '--disable-vulkan-surface',
  '--enable-features=Vulkan,VulkanFromANGLE,DefaultANGLEVulkan',
];

/** Whether the kernel shows a GPU: a render node, NVIDIA's device, or WSL's. Always false elsewhere: no flag is needed there. */
export function linuxHasGpu(platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'linux') return false;
  const names = (folder: string): readonly string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  return (
    names('/dev/dri').some((name) => name.startsWith('renderD')) ||
    names('/dev').some((name) => /^nvidia\d+$/.test(name) || name === 'dxg')
  );
}
