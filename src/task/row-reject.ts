import type { QuarantineRecord, RowErrorCode } from '../core/quarantine.ts';

/** A row that a task refuses, before any model was tried on it. */
export function rowReject(row: number, code: RowErrorCode, message: string): QuarantineRecord {
  return { row, id: null, code, message, attempts: 0 };
}

export function noTokens(row: number): QuarantineRecord {
  const message = 'The text has no tokens: it is empty, or the tokenizer drops all of its characters.';
  return rowReject(row, 'ROW_EMPTY', message);
}

export function tokenizerFailed(row: number, text: string, error: unknown): QuarantineRecord {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The tokenizer failed on a text of ${text.length} characters: ${reason}`;
  return rowReject(row, 'ROW_TOKENIZE_FAILED', message);
}
