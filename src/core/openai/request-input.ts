/** What one row of an OpenAI Batch file gives to the model. */
export type RequestInput = {
  readonly value: string | readonly number[];
  /** Values that are wanted of the vector; null: all. */
  readonly dimensions: number | null;
};

/** As one string, which is how chunks carry what a task reads: `t:some text`, or `i256:101,2023,102` for token ids. */
export function encodeRequestInput({ value, dimensions }: RequestInput): string {
  const wanted = dimensions ?? '';
  return typeof value === 'string' ? `t${wanted}:${value}` : `i${wanted}:${value.join()}`;
}

/** @throws RangeError for what `encodeRequestInput` did not write. */
export function decodeRequestInput(text: string): RequestInput {
  const colon = text.indexOf(':');
  const kind = text[0];
  const wanted = text.slice(1, colon);
  if (colon < 1 || (kind !== 't' && kind !== 'i')) throw new RangeError(`expected an input, got ${text}`);
  const rest = text.slice(colon + 1);
  return {
    value: kind === 't' ? rest : rest.split(',').map(Number),
    dimensions: wanted === '' ? null : Number(wanted),
  };
}
