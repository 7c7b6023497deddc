/** What a kernel says of a row beside its result, as bits of one word. */
export const ROW_FLAG = { notFinite: 1, outOfRange: 2 } as const;
