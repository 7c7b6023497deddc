/** Ends a stream of Arrow messages: a continuation marker and a length of 0. */
export const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/**
 * Cuts an IPC stream of one record batch, as `encodeRowGroup` gives it, into its messages
 * (https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format).
 */
export function cutStream(stream: Uint8Array): {
  readonly schema: Uint8Array;
  readonly batch: Uint8Array;
  /** Bytes of the batch's message before its body. */
  readonly metadataBytes: number;
} {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const schemaBytes = 8 + view.getInt32(4, true);
  const batch = stream.subarray(schemaBytes, stream.length - END_OF_STREAM.length);
  return {
    schema: stream.subarray(0, schemaBytes),
    batch,
    metadataBytes: 8 + view.getInt32(schemaBytes + 4, true),
  };
}
