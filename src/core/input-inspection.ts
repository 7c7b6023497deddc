import type { DatasetRef } from './byte-range.ts';
import type { TextFacts } from './job-api.ts';
import type { InputFormat } from './input-format.ts';
import type { ParseOptions } from './job-spec.ts';
import type { LongTexts } from './long-texts.ts';
import type { ModelRef } from './model-info.ts';
import type { RowErrorCode } from './quarantine.ts';

/** What to look at before a job is started. */
export type InspectRequest = {
  readonly input: DatasetRef;
  readonly format: InputFormat;
  readonly parse: ParseOptions;
  /** Null: the one that most looks like it. */
  readonly textColumn: string | null;
  readonly idColumn: string | null;
  /** Null: no lengths in tokens. */
  readonly model: ModelRef | null;
  /** Most tokens of a row; null: as the model says. */
  readonly maxLength: number | null;
  /** What becomes of longer texts; left out: they are truncated. */
  readonly long?: LongTexts;
};

export type InspectedColumn = {
  readonly name: string;
  /** `string`, `int`, `float`, `bool`, `object`, `null`: those seen, in this order. */
  readonly types: readonly string[];
  /** Rows of the sample without a value in it: absent, null or the empty string. */
  readonly empty: number;
};

export type InspectedProblem = {
  readonly code: RowErrorCode;
  readonly rows: number;
  /** The first of them, as the quarantine would say it. */
  readonly example: string;
};

export type Spread = { readonly least: number; readonly median: number; readonly most: number };

/** The sample's pictures that can be decoded, as far as their headers say. */
export type InspectedImages = {
  /** By their first bytes, most first: `jpeg`, `png` and so on. */
  readonly kinds: readonly { readonly name: string; readonly rows: number }[];
  /** In pixels, as stored. */
  readonly width: Spread;
  readonly height: Spread;
  readonly bytes: Spread;
};

/** Lengths of the sample's texts in tokens, special tokens included, before any is cut. */
export type TokenLengths = {
  readonly model: string;
  /** Most tokens of a row that are kept: as asked, or as many as the model takes. */
  readonly maxLength: number;
  /** Texts whose lengths were taken; of long ones not all. */
  readonly rows: number;
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
  /** Rows of up to so many tokens, and more than the bar before. */
  readonly histogram: readonly { readonly upTo: number; readonly rows: number }[];
  readonly truncated: number;
  /** Windows of these texts, and of the whole job as far as that is known, where long texts are not truncated. */
  readonly windows?: { readonly sample: number; readonly job: number | null };
  /** Of the whole job, after cutting or splitting, from the sample; null when the number of rows is not known. */
  readonly jobTokens: number | null;
};

export type InputInspection = {
  readonly format: InputFormat;
  readonly facts: TextFacts;
  readonly compression: string | null;
  readonly files: number;
  readonly byteLength: number;
  readonly columns: readonly InspectedColumn[];
  readonly textColumn: string | null;
  readonly idColumn: string | null;
  /** First rows, as text by column. */
  readonly rows: readonly (readonly string[])[];
  /** Records that were looked at, the bad ones included; everything above and below is about these. */
  readonly sampleRows: number;
  /** Which they are: all of the input, its first ones, or some from its beginning, its middle and its end. */
  readonly sampled: 'all' | 'start' | 'spread';
  /** Rows of the input, and whether that is counted rather than estimated. */
  readonly totalRows: number | null;
  readonly totalExact: boolean;
  readonly problems: readonly InspectedProblem[];
  readonly tokens: TokenLengths | null;
  /** Of an input of pictures, of which at least one can be decoded. */
  readonly images?: InspectedImages;
  /** What looks wrong with the whole, a sentence each. */
  readonly notes: readonly string[];
};
