import { expect, test } from 'vitest';
import type { DeviceReport } from '../../../src/core/device-info.ts';
import type { Dtype } from '../../../src/core/dtype.ts';
import { compareWithWasm } from '../../../src/pipeline/canary.ts';
import { DeviceRunner } from '../../../src/pipeline/device-runner.ts';
import { preparedWindow } from '../../support/prepared-window.ts';
import { outputOf, ScriptedDevice } from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { thrownBy } from '../../support/thrown-by.ts';

const GPU: DeviceReport = {
  provider: 'webgpu',
  label: 'webgpu: test',
  reason: '',
  adapter: null,
  threads: 1,
};

/** A device whose vectors have this cosine with (1, 0). */
function deviceAt(cosine: number): ScriptedDevice {
  return new ScriptedDevice(async (marks) => outputOf(marks.map(() => [cosine, Math.sqrt(1 - cosine ** 2)])));
}

/** Compares a GPU with a WASM that is that far off. */
async function compare(dtype: Dtype, cosine: number) {
  const session = scriptedSession(deviceAt(1));
  await session.load();
  const wasm = deviceAt(cosine);
  const request = { ...session.request, weights: { ...session.request.weights, dtype } };
  const compared = compareWithWasm(
    wasm.spawn,
    new DeviceRunner(session),
    request,
    GPU,
    preparedWindow(0, [1, 2], 2),
  );
  return { compared, wasm };
}

test.each<[Dtype, number]>([
  ['fp32', 0.9991],
  ['fp16', 0.991],
  ['q4', 0.991],
  ['q4f16', 0.991],
])('%s may be as far from itself on WASM as a cosine of %s, which is told', async (dtype, cosine) => {
  const { compared, wasm } = await compare(dtype, cosine);
  expect(await compared).toEqual({ rows: 2, worstCosine: expect.closeTo(cosine, 5) });
  expect([...wasm.ended]).toEqual([0]);
});

test.each<[Dtype, number, number, string]>([
  ['fp32', 0.998, 0.999, 'use --device wasm'],
  ['fp16', 0.989, 0.99, 'use --dtype fp32 or --device wasm'],
  ['q4', 0.989, 0.99, 'use --dtype fp32 or --device wasm'],
])('%s is refused at a cosine of %s, with both vectors', async (dtype, cosine, least, advice) => {
  const { compared, wasm } = await compare(dtype, cosine);
  expect(await thrownBy(compared)).toMatchObject({
    code: 'DEVICE_DISAGREES',
    message: expect.stringMatching(
      new RegExp(
        `cosine ${cosine}\\d*, less than ${least} \\(${dtype}\\): \\[1.000, 0.000, …\\] against \\[0.9`,
      ),
    ),
    hint: expect.stringContaining(advice),
    details: { dtype },
  });
  expect([...wasm.ended]).toEqual([0]);
});
