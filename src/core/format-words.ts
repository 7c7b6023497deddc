import type { TextFacts } from './job-api.ts';
import type { InputEncoding, InputFormat } from './input-format.ts';

/** Input formats as a person calls them. */
export const INPUT_FORMAT_WORDS: Readonly<Record<InputFormat, string>> = {
  jsonl: 'JSON Lines',
  csv: 'CSV',
  tsv: 'TSV',
  text: 'text, a line a row',
  textfiles: 'text files, a file a row',
  images: 'pictures, a file a row',
  parquet: 'Parquet',
  arrow: 'Arrow',
  openai: 'OpenAI Batch requests',
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

/** True when nobody needs to be told: what the format's name says, in UTF-8. */
export function isUsual(format: InputFormat, { encoding, delimiter, header }: TextFacts): boolean {
  // Its name says JSON Lines.
  if (format === 'openai') return false;
  const usual = format === 'tsv' ? '\t' : ',';
  return (encoding ?? 'utf-8') === 'utf-8' && (delimiter ?? usual) === usual && header !== false;
}

/** How a file is read, in one line: `CSV, divided by semicolons, Windows-1252 (Latin-1)`. */
export function factsText(format: InputFormat, facts: TextFacts): string {
  return [
    INPUT_FORMAT_WORDS[format],
    ...(facts.delimiter === null ? [] : [`divided by ${delimiterWord(facts.delimiter)}`]),
    ...(facts.header === false ? ['no header line'] : []),
    ...(facts.encoding === null ? [] : [ENCODING_WORDS[facts.encoding]]),
  ].join(', ');
}
