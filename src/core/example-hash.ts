/** 32-bit words of the hash by which a job knows an example again. */
export const HASH_WORDS = 4;
