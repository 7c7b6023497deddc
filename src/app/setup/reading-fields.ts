import { delimiterWord, ENCODING_WORDS, factsText, INPUT_FORMAT_WORDS } from '../../core/format-words.ts';
import type { InputPreview } from '../../core/job-api.ts';
import {
  INPUT_ENCODINGS,
  INPUT_FORMATS,
  type InputEncoding,
  type InputFormat,
} from '../../core/input-format.ts';
import { type ParseOptions } from '../../core/job-spec.ts';
import { el } from '../view/element.ts';
import { field, selectOf } from './setup-panel.ts';

/** Reads the file again, in another way. */
export type ReadAs = (format: InputFormat | null, parse: ParseOptions) => void;

const DELIMITERS = [
  { value: '', label: 'Found out' },
  { value: ',', label: 'Comma' },
  { value: ';', label: 'Semicolon' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: 'Bar' },
] as const;

/** How the file was read, and how to have it read otherwise. */
export function readingFields(preview: InputPreview, parse: ParseOptions, readAs: ReadAs): HTMLElement {
  const { format, facts } = preview;
  const formatChoice = selectOf(
    'input-format',
    INPUT_FORMATS.map((value) => ({ value, label: INPUT_FORMAT_WORDS[value] })),
    (chosen) => readAs(chosen, {}),
  );
  formatChoice.value = format;
  const fields = [field('Read as', formatChoice)];
  if (facts.encoding !== null) {
    const encoding = selectOf<InputEncoding | ''>(
      'input-encoding',
      [
        { value: '', label: 'Found out' },
        ...INPUT_ENCODINGS.map((value) => ({ value, label: ENCODING_WORDS[value] })),
      ],
      (chosen) => readAs(format, { ...parse, encoding: chosen === '' ? undefined : chosen }),
    );
    encoding.value = parse.encoding ?? '';
    fields.push(field('Encoding', encoding));
  }
  if (facts.delimiter !== null) {
    const said = parse.delimiter ?? '';
    const other = DELIMITERS.some(({ value }) => value === said)
      ? []
      : [{ value: said, label: delimiterWord(said) }];
    const delimiter = selectOf<string>('input-delimiter', [...DELIMITERS, ...other], (chosen) =>
      readAs(format, { ...parse, delimiter: chosen === '' ? undefined : chosen }),
    );
    delimiter.value = said;
    const header = selectOf(
      'input-header',
      [
        { value: 'yes', label: 'Column names' },
        { value: 'no', label: 'A row already' },
      ],
      (chosen) => readAs(format, { ...parse, header: chosen === 'no' ? false : undefined }),
    );
    header.value = facts.header === false ? 'no' : 'yes';
    fields.push(field('Between fields', delimiter), field('First line', header));
  }
  return el(
    'details',
    { class: 'disclosure' },
    el('summary', {}, `Read as ${factsText(format, facts)}`),
    el('div', { class: 'fields' }, ...fields),
  );
}
