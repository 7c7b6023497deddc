/** Chunks planned together, but for the first window. 8 chunks of 1024 rows leave little padding and little to hold. */
const CHUNKS_PER_WINDOW = 8;

/**
 * Which chunks a window has. The first one has a single chunk, so that work begins with the first rows that are read.
 * Part of the plan: changing it makes old jobs impossible to resume.
 */
export function windowChunks(window: number): { readonly first: number; readonly count: number } {
  return window === 0
    ? { first: 0, count: 1 }
    : { first: 1 + (window - 1) * CHUNKS_PER_WINDOW, count: CHUNKS_PER_WINDOW };
}

/** Chunks that may be read ahead of the window at work: two windows are made while it runs, and the next is being read. */
export const CHUNKS_AHEAD = 3 * CHUNKS_PER_WINDOW;
