export const DTYPES = ['fp32', 'fp16', 'q4', 'q4f16', 'q8'] as const;
/**
 * How a model's weights are stored, by the names that Hugging Face repositories use: 32-bit and 16-bit floats, blocks of
 * 4-bit integers with 32-bit or 16-bit floats around them, and dynamic int8.
 */
export type Dtype = (typeof DTYPES)[number];

export const DTYPE_CHOICES = ['auto', ...DTYPES] as const;
export type DtypeChoice = (typeof DTYPE_CHOICES)[number];

/** The weights that a job runs, as its summary and its manifest name them. */
export type WeightsReport = {
  readonly dtype: Dtype;
  /** Within the model's directory. */
  readonly path: string;
  /** Why these, in words for a person. */
  readonly reason: string;
};
