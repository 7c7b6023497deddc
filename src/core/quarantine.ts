/** Why a single row has no result. Codes are stable. */
export type RowErrorCode =
  | 'ROW_NOT_JSON'
  | 'ROW_NOT_OBJECT'
  | 'ROW_BAD_CSV'
  | 'ROW_BAD_UTF8'
  | 'ROW_TOO_LARGE'
  | 'ROW_COLUMN_MISSING'
  | 'ROW_NOT_TEXT'
  | 'ROW_EMPTY'
  | 'ROW_TOO_LONG'
  | 'ROW_ID_MISSING'
  | 'ROW_DUPLICATE_ID'
  | 'ROW_NOT_IMAGE'
  | 'ROW_BAD_IMAGE'
  | 'ROW_TOKENIZE_FAILED'
  | 'ROW_PREPARE_FAILED'
  | 'ROW_MODEL_FAILED'
  | 'ROW_NOT_FINITE'
  | 'ROW_OUT_OF_RANGE'
  /** Of an OpenAI Batch file: the request itself is refused, or the model cannot take one of its inputs. */
  | 'REQUEST_INVALID'
  | 'REQUEST_INPUT_REFUSED';

/** How OpenAI's API names an error: its code and the parameter at fault. */
export type ApiFault = { readonly code: string | null; readonly param: string | null };

/** A row set aside; one line of the quarantine file beside the results. */
export type QuarantineRecord = {
  /** 0-based ordinal of the row in the dataset; every record counts, the bad ones too. */
  readonly row: number;
  /** Value of the id column as text, where there is one and it could be read. */
  readonly id: string | null;
  readonly code: RowErrorCode;
  /** Names the place (line) and the reason. */
  readonly message: string;
  /** How often the model was tried on it; 0 for a row that never came that far. */
  readonly attempts: number;
  /** Of an OpenAI Batch request, where the code alone does not say it. */
  readonly api?: ApiFault;
  /** What the row is in the input; left out or null where that is not known, and in what an older Millrace stored. */
  readonly input?: RowInput | null;
};

/** A row as the input has it. */
export type RowInput = {
  /**
   * The text of its line (JSON Lines, and what is no record of its format), or the columns that the job reads as a JSON
   * object: of a CSV, Parquet or Arrow row, and of a row that was good until the tokenizer or the model refused it.
   */
  readonly text: string;
  /** True when there was more than `MAX_INPUT_CHARS` of it. */
  readonly cut: boolean;
};

/** A quarantine of thousands of rows must stay small enough to be looked at. */
export const MAX_INPUT_CHARS = 32_768;

/** The start of a text that is a row's, and whether that is all of it. */
export function rowInput(text: string): RowInput {
  const cut = text.length > MAX_INPUT_CHARS;
  return { text: cut ? text.slice(0, MAX_INPUT_CHARS).toWellFormed() : text, cut };
}

/** The start of a row of which there is more. */
export function cutInput(start: string): RowInput {
  return { text: rowInput(start).text, cut: true };
}

/** The row of these columns (names and JSON texts) as a JSON object. */
export function columnsInput(columns: Iterable<readonly [name: string, json: string]>): RowInput {
  return rowInput(`{${Array.from(columns, ([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`);
}
