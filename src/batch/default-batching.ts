import type { Batching } from '../core/batching.ts';
import type { DeviceReport } from '../core/device-info.ts';

/**
 * How rows are batched where nothing better is known. A hardware GPU wants enough work a dispatch (8k-32k tokens keep it
 * busy 30-200 ms on a small encoder); a run costs it several milliseconds of encoding, most of them while it works on
 * those before: 128 tokens keep the filler of real text below 1 % of a large window (1024 would take 3-6 %). A CPU, and so a software adapter,
 * gains nothing from a large batch: a MiniLM-shaped model on WASM did 945, 920, 970, 937 and 859 padded tokens a CPU
 * second at 256, 512, 1024, 2048 and 4096 tokens a batch (`test/bench`), and a run cost about as much as 14 to 21 tokens,
 * on a busy machine.
 */
export function defaultBatching(device: DeviceReport): Batching {
  return isHardwareGpu(device)
    ? { budgetTokens: 16_384, runCostTokens: 128 }
    : { budgetTokens: 1024, runCostTokens: 16 };
}

/** Where a search for a budget starts, and the longest that a batch may take. */
export type SearchRange = { readonly startTokens: number; readonly maxBatchMs: number };

/**
 * A batch on a GPU may not take long: a page shares it with the screen, and Windows resets one that is busy for 2 s. On a
 * CPU it is the time that a stop waits, and what a kill loses.
 */
export function searchRange(device: DeviceReport): SearchRange {
  return isHardwareGpu(device)
    ? { startTokens: 1024, maxBatchMs: 200 }
    : { startTokens: 256, maxBatchMs: 1000 };
}

function isHardwareGpu(device: DeviceReport): boolean {
  return device.provider === 'webgpu' && device.adapter?.software === false;
}
