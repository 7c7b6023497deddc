import { describe, expect, test } from 'vitest';
import { maxQuarantineSchema, quarantineLimitExceeded } from '../../../src/core/max-quarantine.ts';

const NOTHING = { read: 0, rejected: 0, refused: 0, embedded: 0 };

describe('maxQuarantine', () => {
  test.each([0, 7, '0%', '1%', '0.5%', '100%', 'auto'])('takes %s', (limit) => {
    expect(maxQuarantineSchema.parse(limit)).toBe(limit);
  });

  test.each([-1, 1.5, '1', '101%', '-1%', '%', 'none', null])('refuses %s', (limit) => {
    expect(maxQuarantineSchema.safeParse(limit).success).toBe(false);
  });

  test('a number counts at once, whichever way the rows went bad', () => {
    expect(quarantineLimitExceeded(2, { ...NOTHING, read: 3, rejected: 1, refused: 1 }, false)).toBe(null);
    expect(quarantineLimitExceeded(2, { ...NOTHING, read: 3, rejected: 2, refused: 1 }, false)).toBe('2');
    expect(quarantineLimitExceeded(0, { ...NOTHING, read: 1, rejected: 1 }, false)).toBe('0');
  });

  test('a share does not judge by the first rows', () => {
    const few = { ...NOTHING, read: 999, rejected: 999 };
    expect(quarantineLimitExceeded('1%', few, false)).toBe(null);
    expect(quarantineLimitExceeded('1%', { ...few, read: 1000 }, false)).toBe('1%');
    expect(quarantineLimitExceeded('auto', { ...few, read: 1000 }, false)).toBe('50%');
  });

  test('at the end a share that was given judges whatever there is; that of auto does not', () => {
    const few = { read: 10, rejected: 6, refused: 0, embedded: 4 };
    expect(quarantineLimitExceeded('50%', few, true)).toBe('50%');
    expect(quarantineLimitExceeded('60%', few, true)).toBe(null);
    expect(quarantineLimitExceeded('auto', few, true)).toBe(null);
  });

  test('reading may run far ahead: neither side is measured by the other', () => {
    // A tenth of what is read is bad; only a little of it has run yet, all of that well.
    const ahead = { read: 1_000_000, rejected: 100_000, refused: 0, embedded: 2_000 };
    expect(quarantineLimitExceeded('11%', ahead, false)).toBe(null);
    expect(quarantineLimitExceeded('9%', ahead, false)).toBe('9%');
    // Every vector that came so far is NaN.
    const nan = { read: 1_000_000, rejected: 0, refused: 1_000, embedded: 0 };
    expect(quarantineLimitExceeded('auto', nan, false)).toBe('50%');
    expect(quarantineLimitExceeded('auto', { ...nan, refused: 999 }, false)).toBe(null);
  });

  test('100% lets everything through', () => {
    const all = { read: 5_000, rejected: 2_500, refused: 2_500, embedded: 0 };
    expect(quarantineLimitExceeded('100%', all, false)).toBe(null);
    expect(quarantineLimitExceeded('100%', all, true)).toBe(null);
  });
});
