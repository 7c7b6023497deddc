import type { InputEncoding, InputFormat } from './job-spec.ts';

/** Input formats as a person calls them. */
export const INPUT_FORMAT_WORDS: Readonly<Record<InputFormat, string>> = {
  jsonl: 'JSON Lines',
  csv: 'CSV',
  tsv: 'TSV',
  text: 'text, a line a row',
};

export const ENCODING_WORDS: Readonly<Record<InputEncoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'windows-1252': 'Windows-1252 (Latin-1)',
};

const DELIMITER_WORDS = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'bars (|)'],
]);

/** `semicolons` for `;`. */
export function delimiterWord(delimiter: string): string {
  return DELIMITER_WORDS.get(delimiter) ?? JSON.stringify(delimiter);
}

/** How a file is read, in one line: `CSV, divided by semicolons, Windows-1252 (Latin-1)`. */
export function factsText(
  format: InputFormat,
  facts: {
    readonly encoding: InputEncoding | null;
    readonly delimiter: string | null;
    readonly header: boolean | null;
  },
): string {
  return [
    INPUT_FORMAT_WORDS[format],
    ...(facts.delimiter === null ? [] : [`divided by ${delimiterWord(facts.delimiter)}`]),
    ...(facts.header === false ? ['no header line'] : []),
    ...(facts.encoding === null ? [] : [ENCODING_WORDS[facts.encoding]]),
  ].join(', ');
}
