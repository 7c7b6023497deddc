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
  | 'ROW_ID_MISSING'
  | 'ROW_DUPLICATE_ID'
  | 'ROW_TOKENIZE_FAILED'
  | 'ROW_PREPARE_FAILED'
  | 'ROW_MODEL_FAILED'
  | 'ROW_NOT_FINITE'
  | 'ROW_OUT_OF_RANGE';

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
};
