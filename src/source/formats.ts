import type { InputFormat } from '../core/input-format.ts';
import { arrow, parquet } from './formats/columnar.ts';
import { csv, tsv } from './formats/csv.ts';
import { images } from './formats/images.ts';
import { jsonl } from './formats/jsonl.ts';
import { openai } from './formats/openai.ts';
import { text } from './formats/text.ts';
import { textfiles } from './formats/textfiles.ts';
import type { SourceFormat } from './source-format.ts';

/** Every format that a dataset may have. A new one is one file in `formats/` and one line here. */
const FORMATS: Readonly<Record<InputFormat, SourceFormat>> = {
  jsonl,
  csv,
  tsv,
  text,
  textfiles,
  images,
  parquet,
  arrow,
  openai,
};

export function formatNamed(name: InputFormat): SourceFormat {
  return FORMATS[name];
}
