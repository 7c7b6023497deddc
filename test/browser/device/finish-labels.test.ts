import { describe, expect, test } from 'vitest';
import type { BatchOutput } from '../../../src/core/batch.ts';
import { EXECUTION_PROVIDERS } from '../../../src/core/device-info.ts';
import { ACTIVATIONS, type Activation, type LabelsFinish } from '../../../src/core/finish.ts';
import { topLabels } from '../../../src/device/top-labels.ts';
import { openGpuFinish } from './finish-on-gpu.ts';
import { labelsModel } from './labels-model.ts';
import { lookupModel, tokenTable } from './lookup-model.ts';
import { loadRequest, startDevice } from './start-device.ts';

type Best = { readonly label: number; readonly score: number };

function finishOf(activation: Activation, topK: number): LabelsFinish {
  return { kind: 'labels', activation, topK, labels: null };
}

/** What a row's labels are by the definitions: ordered by logit, ties by index. */
function bestOf(logits: readonly number[], activation: Activation, count: number): readonly Best[] {
  const peak = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - peak), 0);
  const score = {
    softmax: (logit: number) => Math.exp(logit - peak) / sum,
    sigmoid: (logit: number) => 1 / (1 + Math.exp(-logit)),
    none: (logit: number) => logit,
  }[activation];
  return logits
    .map((logit, label) => ({ label, logit, score: score(logit) }))
    .toSorted((a, b) => b.logit - a.logit || a.label - b.label)
    .slice(0, count)
    .map(({ label, score: of }) => ({ label, score: of }));
}

function decodeRows({ values, rowBytes }: BatchOutput): readonly (readonly Best[])[] {
  const count = rowBytes / 8;
  return Array.from({ length: values.length / rowBytes }, (_, row) => {
    const labels = new Uint32Array(values.buffer, row * rowBytes, count);
    const scores = new Float32Array(values.buffer, row * rowBytes + 4 * count, count);
    return Array.from(labels, (label, rank) => ({ label, score: scores[rank]! }));
  });
}

/** The labels exactly; the scores within 2e-6, and within 1e-4 of themselves where they are small. */
function expectLabels(output: BatchOutput, expected: readonly (readonly Best[])[]): void {
  const got = decodeRows(output);
  expect(got.map((row) => row.map(({ label }) => label))).toEqual(
    expected.map((row) => row.map(({ label }) => label)),
  );
  const wrong = expected.flatMap((row, r) =>
    row.flatMap(({ score }, rank) => {
      const found = got[r]![rank]!.score;
      const off = Math.abs(found - score);
      // The least normal float32: a GPU may take what is smaller for 0.
      const near = off <= 2e-6 * Math.max(1, Math.abs(score)) && off <= 1e-4 * Math.abs(score) + 2 ** -126;
      return near ? [] : [{ r, rank, score, found }];
    }),
  );
  expect(wrong).toEqual([]);
}

test('every activation and number of labels, on the GPU and on the CPU', async () => {
  const onGpu = await openGpuFinish();
  for (const activation of ACTIVATIONS) {
    // Fewer labels than lanes, as many, and more than two rounds of them.
    for (const [width, topK] of [
      [1, 1],
      [2, 1],
      [3, 3],
      [128, 5],
      [300, 40],
    ] as const) {
      const finishRows = await onGpu(width, finishOf(activation, topK));
      for (const rows of [1, 2, 129]) {
        const values = Float32Array.from({ length: rows * width }, (_, i) => 30 * Math.sin(i * 1.7) ** 3);
        const hidden = { values, lengths: new Uint32Array(rows).fill(3), paddedLength: 3 };
        const expected = Array.from({ length: rows }, (_, row) =>
          bestOf([...values.subarray(row * width, (row + 1) * width)], activation, topK),
        );
        const gpu = await finishRows(hidden);
        expect(gpu).toMatchObject({ rowBytes: 8 * topK, notFinite: [], outOfRange: [] });
        expectLabels(gpu, expected);
        expectLabels(topLabels(values, rows, { kind: 'labels', width, count: topK, activation }), expected);
      }
    }
  }
});

describe.each(EXECUTION_PROVIDERS)('%s', (provider) => {
  const width = 5;
  const logits = [
    // Equal ones: the lower index first.
    [1, 7, 7, -2, 7],
    [0, 0, 0, 0, 0],
    // e to the power of these is not finite.
    [1000, 999, -1000, 1000, 0],
    [-200, -300, -150, -200, -3e38],
    [3e38, -3e38, 0, 1, 2],
    // Scores that round to the same, of logits that do not.
    [40, 50, 30, 60, 45],
  ];
  const table = Float32Array.from(logits.flat());
  const batch = (count: number) => ({
    tokenIds: Int32Array.from({ length: count }, (_, i) => i),
    lengths: new Uint32Array(count).fill(1),
    paddedLength: 2,
  });

  test.each(ACTIVATIONS)('%s of large logits and ties, through a model', async (activation) => {
    const device = startDevice();
    const loaded = await device.load(
      loadRequest(labelsModel(table, width), { provider, finish: finishOf(activation, 4) }),
    );
    expect(loaded).toMatchObject({
      outputName: 'logits',
      output: {
        kind: 'labels',
        count: 4,
        labels: ['LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3', 'LABEL_4'],
      },
    });
    const output = await device.run(batch(logits.length));
    expect(output).toMatchObject({ notFinite: [], outOfRange: [] });
    expectLabels(
      output,
      logits.map((row) => bestOf(row, activation, 4)),
    );
    const read = provider === 'webgpu' ? 4 * 8 + 4 : width * 4;
    expect(output.cost.readBytes).toBe(logits.length * read);
  });

  test('rows with a logit that is not finite are told, and only those', async () => {
    const broken = table.slice();
    broken[1 * width + 4] = Number.NaN;
    broken[3 * width] = Number.POSITIVE_INFINITY;
    broken[4 * width + 1] = Number.NEGATIVE_INFINITY;
    const device = startDevice();
    await device.load(loadRequest(labelsModel(broken, width), { provider, finish: finishOf('softmax', 1) }));
    const output = await device.run(batch(logits.length));
    expect(output.notFinite).toEqual([1, 3, 4]);
    const rows = decodeRows(output);
    for (const row of [0, 2, 5])
      expect(rows[row]).toMatchObject([{ label: bestOf(logits[row]!, 'none', 1)[0]!.label }]);
  });

  test('labels that the model has no logits for, and outputs that are no logits, are refused by name', async () => {
    const device = startDevice();
    const finish = { ...finishOf('softmax', 2), labels: ['no', 'yes'] };
    await expect(
      device.load(loadRequest(labelsModel(table, width), { provider, finish })),
    ).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('config.json names 2 labels, and the model gives 5 logits a row.'),
    });
    await device.renew();
    const encoder = lookupModel(tokenTable(4), 4);
    await expect(
      device.load(loadRequest(encoder, { provider, finish: finishOf('softmax', 1) })),
    ).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('last_hidden_state'),
      hint: expect.stringContaining('text-classification'),
    });
  });
});
