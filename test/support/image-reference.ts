import { imageWeights, type ImageGraphOptions } from '../fixtures/images/image-graph.mjs';

/**
 * What the model of `image-graph.mjs` gives for a picture, in doubles: the vectors of its class token and its patches, or its
 * logits. @param values pixel values, `[3, size, size]`
 */
export function imageReference(values: ArrayLike<number>, options: ImageGraphOptions): number[][] {
  const { size, patch, width, labels } = options;
  const { kernel, head } = imageWeights(options);
  const across = size / patch;
  const patches = Array.from({ length: across * across }, (_, index) => {
    const [top, left] = [Math.floor(index / across) * patch, (index % across) * patch];
    return Array.from({ length: width }, (__, d) => {
      let sum = 0;
      for (let channel = 0; channel < 3; channel++)
        for (let y = 0; y < patch; y++)
          for (let x = 0; x < patch; x++)
            sum +=
              values[(channel * size + top + y) * size + left + x]! *
              kernel[((d * 3 + channel) * patch + y) * patch + x]!;
      return sum;
    });
  });
  const mean = Array.from(
    { length: width },
    (_, d) => patches.reduce((sum, one) => sum + one[d]!, 0) / patches.length,
  );
  const tokens = [mean, ...patches].map((token) => token.map(Math.tanh));
  if (labels === null) return tokens;
  return [
    Array.from({ length: labels }, (_, label) =>
      tokens[0]!.reduce((sum, value, d) => sum + value * head[d * labels + label]!, 0),
    ),
  ];
}

/** Scaled to length 1. */
export function normalized(vector: readonly number[]): number[] {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
