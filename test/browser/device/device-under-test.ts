import type { BatchInput, BatchRun } from '../../../src/core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../../../src/core/device-info.ts';
import { Device } from '../../../src/device/device.ts';

/** What the tests see and do beside the device's own methods; runs in the worker. */
export class DeviceUnderTest {
  #device = new Device();
  #inOrder = true;
  readonly #gpus: GPUDevice[] = [];
  readonly #liveBuffers = new Set<GPUBuffer>();

  constructor() {
    const gpus = this.#gpus;
    const live = this.#liveBuffers;
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const gpu = await requestDevice.apply(this, args);
      gpus.push(gpu);
      return gpu;
    };
    const { createBuffer } = GPUDevice.prototype;
    GPUDevice.prototype.createBuffer = function (...args) {
      const buffer = createBuffer.apply(this, args);
      live.add(buffer);
      return buffer;
    };
    const { destroy } = GPUBuffer.prototype;
    GPUBuffer.prototype.destroy = function () {
      live.delete(this);
      destroy.call(this);
    };
  }

  async load(request: DeviceLoadRequest): Promise<LoadedModel> {
    return this.#watched(this.#device.load(request));
  }

  async run(input: BatchInput): Promise<BatchRun> {
    return this.#watched(this.#device.run(input));
  }

  close: Device['close'] = () => this.#device.close();

  /** A new device in the same worker; only after the last one was closed without a failure of a run. */
  async renew(): Promise<void> {
    await this.#device.close();
    this.#device = new Device();
    this.#inOrder = true;
  }

  /** Whether nothing happened after which the worker would have to be replaced. */
  async isInOrder(): Promise<boolean> {
    return this.#inOrder;
  }

  /** Before the load: makes this a browser without JSPI. */
  async hideJspi(): Promise<void> {
    this.#inOrder = false;
    Reflect.deleteProperty(WebAssembly, 'Suspending');
  }

  async liveBufferCount(): Promise<number> {
    return this.#liveBuffers.size;
  }

  async destroyGpu(): Promise<void> {
    this.#inOrder = false;
    this.#gpus.at(-1)?.destroy();
  }

  /** Lets the next buffer be one that the device refuses, as an allocation that fails. */
  async failNextBuffer(): Promise<void> {
    this.#inOrder = false;
    const gpu = this.#gpus.at(-1)!;
    // The device's own: the count of its buffers' bytes stands before the prototype's.
    const createBuffer = gpu.createBuffer.bind(gpu);
    gpu.createBuffer = (descriptor) => {
      gpu.createBuffer = createBuffer;
      return createBuffer({ ...descriptor, size: gpu.limits.maxBufferSize + 4 });
    };
  }
  async #watched<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (thrown) {
      // A malformed batch never came to ONNX Runtime.
      this.#inOrder &&= thrown instanceof RangeError;
      throw thrown;
    }
  }
}
