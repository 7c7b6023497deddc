/** Bytes turned to characters at once: an argument each. */
const PIECE = 8192;

/** Base64 (RFC 4648) with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}
