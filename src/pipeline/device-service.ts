import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { AdapterReport, DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import { Device } from '../device/device.ts';
import { probeAdapter } from '../device/probe-adapter.ts';
import type { DeviceApi } from './ports.ts';

/** What a device worker does. One model a worker: a fresh model, or a failure, needs a fresh worker. */
export class DeviceService implements DeviceApi {
  readonly #device = new Device();

  async probe(): Promise<AdapterReport | null> {
    return probeAdapter();
  }

  async load(request: DeviceLoadRequest): Promise<LoadedModel> {
    return this.#device.load(request);
  }

  async run(input: BatchInput): Promise<BatchRun> {
    return this.#device.run(input);
  }
}
