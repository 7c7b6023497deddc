import { CsvScanner } from './formats/csv-scanner.ts';

/** In the order in which they win when nothing else decides. */
const DELIMITERS = [',', '\t', ';', '|'] as const;
const LOOKED_AT = 50;

/**
 * What divides the fields of a CSV file, from its first records: the character that cuts most of them into as many fields
 * as the first one, more than one; among those, the one that gives the most fields. A comma when none does.
 * @param whole true when nothing follows the sample
 */
export function guessDelimiter(sample: string, whole: boolean): string {
  let best = { delimiter: ',', agreeing: 0, fields: 1 };
  for (const delimiter of DELIMITERS) {
    const counts = fieldCounts(sample, whole, delimiter);
    const fields = counts[0] ?? 0;
    if (fields < 2) continue;
    const agreeing = counts.filter((count) => count === fields).length / counts.length;
    // A comma in one text of ten makes no comma-separated file.
    const isBetter =
      agreeing > best.agreeing + 0.1 || (agreeing > best.agreeing - 0.1 && fields > best.fields);
    if (isBetter) best = { delimiter, agreeing, fields };
  }
  return best.delimiter;
}

function fieldCounts(sample: string, whole: boolean, delimiter: string): readonly number[] {
  const scanner = new CsvScanner(delimiter, []);
  const counts: number[] = [];
  for (let at = 0; at < sample.length && counts.length < LOOKED_AT;) {
    const scan = scanner.scan(sample, at, whole);
    if (scan === 'record') counts.push(scanner.fieldCount);
    else if (scan !== 'blank') break;
    at = scanner.end;
  }
  // A first record longer than the sample is judged by what there is of it.
  if (counts.length === 0) counts.push(scanner.fieldCount + 1);
  return counts;
}
