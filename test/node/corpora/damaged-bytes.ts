import fc from 'fast-check';

type Damage = (bytes: Uint8Array) => Uint8Array;

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = (bytes: Uint8Array, share: number): number => Math.floor(share * bytes.length);

const cut = place.map(
  (share): Damage =>
    (bytes) =>
      bytes.slice(0, at(bytes, share)),
);
const flip = fc.tuple(place, fc.nat(7)).map(([share, bit]): Damage => (bytes) => {
  const damaged = bytes.slice();
  if (damaged.length > 0) damaged[at(bytes, share)]! ^= 1 << bit;
  return damaged;
});
const insert = fc
  .tuple(
    place,
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
      fc
        .constantFrom('"', '\r', '\n', '\0', '\ufeff', '{', ',')
        .map((text) => new TextEncoder().encode(text)),
    ),
  )
  .map(([share, more]): Damage => (bytes) => {
    const index = at(bytes, share);
    return Uint8Array.from([...bytes.subarray(0, index), ...more, ...bytes.subarray(index)]);
  });
const drop = fc.tuple(place, fc.nat(40)).map(([share, count]): Damage => (bytes) => {
  const index = at(bytes, share);
  return Uint8Array.from([...bytes.subarray(0, index), ...bytes.subarray(index + count)]);
});
const repeat = fc.tuple(place, fc.nat(200)).map(([share, count]): Damage => (bytes) => {
  const index = at(bytes, share);
  return Uint8Array.from([...bytes.subarray(0, index + count), ...bytes.subarray(index)]);
});

/** Ways to damage a file: cut short, bits flipped, bytes put in, left out or repeated; up to four of them. */
export const damage: fc.Arbitrary<Damage> = fc
  .array(fc.oneof(cut, flip, flip, insert, drop, repeat), { minLength: 1, maxLength: 4 })
  .map((steps) => (bytes: Uint8Array) => steps.reduce((damaged, step) => step(damaged), bytes));
