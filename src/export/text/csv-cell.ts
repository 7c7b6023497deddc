/** What a spreadsheet takes for the start of a formula, or drops and then takes what follows for one. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** True for text that a spreadsheet may run (https://owasp.org/www-community/attacks/CSV_Injection). */
export function looksLikeFormula(text: string): boolean {
  return FORMULA.test(text);
}

/**
 * Text as a cell of RFC 4180. Quoted where it must be, and when it is empty, so that it differs from nothing at all.
 * @param guard puts an apostrophe before what looks like a formula.
 */
export function csvCell(text: string, guard: boolean): string {
  const shown = guard && looksLikeFormula(text) ? `'${text}` : text;
  return shown === '' || NEEDS_QUOTES.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
