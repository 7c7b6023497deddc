import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The profiles of the storage tests go when the tests end. */
export function teardown(): void {
  for (const engine of ['leveldb', 'sqlite'])
    rmSync(join(tmpdir(), `millrace-test-${process.pid}-${engine}`), { recursive: true, force: true });
}
