/** Room that the origin's storage has left, in bytes. */
export type StorageRoom = {
  readonly freeBytes: number;
  /**
   * Whether `freeBytes` can be counted on. Since version 138 Chromium says 10 GiB more than is used, whatever its quota
   * and the disk have left (chromestatus.com/feature/4977371751645184): what it refuses to write is the only sure sign.
   */
  readonly exact: boolean;
};

const MOST_REPORTED_BYTES = 10 * 2 ** 30;

export async function storageRoom(): Promise<StorageRoom> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  const freeBytes = Math.max(0, quota - usage);
  return { freeBytes, exact: freeBytes < MOST_REPORTED_BYTES };
}
