import type { InferenceSession } from 'onnxruntime-web';
import type { ImageInput } from '../core/image-input.ts';
import { JobError } from '../core/job-error.ts';
import type { PixelInput } from './pixel-feeds.ts';

type TokenType = 'int64' | 'int32';
const TOKEN_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'] as const;
const PIXEL_INPUT = 'pixel_values';
export type TokenInputName = (typeof TOKEN_INPUTS)[number];

/** An input that is fed, each of dims `[rows, paddedLength]`. */
export type TokenInput = { readonly name: TokenInputName; readonly type: TokenType };

/**
 * What to feed the model. `input_ids` and `attention_mask` are required, `token_type_ids` is fed where it is asked for.
 * @throws JobError `MODEL_UNSUPPORTED`, naming the inputs that are missing, unknown, or of a type or dims that no batch has.
 */
export function modelInputs(metadata: readonly InferenceSession.ValueMetadata[]): readonly TokenInput[] {
  const names = metadata.map(({ name }) => name);
  const unknown = names.filter((name) => !isTokenInput(name));
  if (unknown.includes(PIXEL_INPUT))
    throw new JobError(
      'MODEL_UNSUPPORTED',
      `The model reads pictures (${PIXEL_INPUT}), and the input has texts.`,
      {
        hint: 'Give it a folder or an archive of pictures, or take a model of texts.',
      },
    );
  if (unknown.length > 0)
    throw unsupported(`needs inputs that are not made from text: ${unknown.join(', ')}`);
  // Without a mask a row's vector would depend on how far its batch was padded.
  const missing = ['input_ids', 'attention_mask'].filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw unsupported(`has no ${missing.join(' and no ')} (its inputs: ${names.join(', ')})`);
  return metadata.map(tokenInput);
}

/**
 * The one input of a model of images: `pixel_values`, or whatever its name is, of floats `[rows, 3, height, width]`.
 * @throws JobError `MODEL_UNSUPPORTED`, with what it takes and what pictures give.
 */
export function pixelInput(
  metadata: readonly InferenceSession.ValueMetadata[],
  { width, height }: ImageInput,
): PixelInput {
  const [value, ...others] = metadata;
  const isFloat = value?.isTensor && (value.type === 'float32' || value.type === 'float16');
  if (
    value === undefined ||
    others.length > 0 ||
    !isFloat ||
    (value.shape.length !== 4 && value.shape.length !== 0)
  ) {
    const listed = metadata.map((one) =>
      one.isTensor ? `${one.name} ${one.type} [${one.shape.join(', ')}]` : one.name,
    );
    throw notOfImages(
      `reads ${listed.join(', ')}, and pictures give one input [rows, 3, ${height}, ${width}] of floats`,
    );
  }
  const [rows] = value.shape;
  const dims = [-1, 3, height, width];
  const other = value.shape.findIndex(
    (dim, i) => i > 0 && typeof dim === 'number' && dim > 0 && dim !== dims[i],
  );
  const shape = `${value.name} as [${value.shape.join(', ')}]`;
  if (other !== -1)
    throw notOfImages(
      `takes ${shape}, and its preprocessor_config.json gives [rows, 3, ${height}, ${width}]`,
    );
  if (typeof rows === 'number' && rows > 0)
    throw notOfImages(`takes ${shape}, so many pictures at once and no other number`);
  return { name: value.name, type: value.type };
}

function notOfImages(what: string): JobError {
  return new JobError('MODEL_UNSUPPORTED', `The model ${what}.`, {
    hint: 'Use an image encoder or classifier exported to ONNX with a free batch dim (Optimum: --task image-classification or feature-extraction).',
  });
}

function tokenInput(value: InferenceSession.ValueMetadata): TokenInput {
  const { name } = value;
  if (!isTokenInput(name)) throw unsupported(`has an unknown input ${name}`);
  if (!value.isTensor || (value.type !== 'int64' && value.type !== 'int32')) {
    throw unsupported(`takes ${name} as ${value.isTensor ? value.type : 'no tensor'}, not int64 or int32`);
  }
  // Dims of unknown rank come as none at all.
  const isBatch = value.shape.length === 0 || value.shape.length === 2;
  if (!isBatch || value.shape.some((dim) => typeof dim === 'number' && dim > 0)) {
    throw unsupported(
      `takes ${name} as [${value.shape.join(', ')}], not as any number of rows of any length`,
    );
  }
  return { name, type: value.type };
}

function isTokenInput(name: string): name is TokenInputName {
  return (TOKEN_INPUTS as readonly string[]).includes(name);
}

function unsupported(what: string): JobError {
  return new JobError('MODEL_UNSUPPORTED', `The model ${what}.`, {
    hint: 'Use a text encoder exported to ONNX with free batch and sequence dims (Optimum: --task feature-extraction).',
  });
}
