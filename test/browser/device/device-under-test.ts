import { Device } from '../../../src/device/device.ts';

/** What the tests see and do beside the device's own methods; runs in the worker. */
export class DeviceUnderTest {
  #device = new Device();
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

  load: Device['load'] = (request) => this.#device.load(request);
  run: Device['run'] = (input) => this.#device.run(input);
  close: Device['close'] = () => this.#device.close();

  /** A new device in the same worker; only after the last one was closed without a failure. */
  async renew(): Promise<void> {
    await this.#device.close();
    this.#device = new Device();
  }

  /** Before the load: makes this a browser without JSPI. */
  async hideJspi(): Promise<void> {
    Reflect.deleteProperty(WebAssembly, 'Suspending');
  }

  async liveBufferCount(): Promise<number> {
    return this.#liveBuffers.size;
  }

  async destroyGpu(): Promise<void> {
    this.#gpus.at(-1)?.destroy();
  }

  /** Lets the next buffer be one that the device refuses, as an allocation that fails. */
  async failNextBuffer(): Promise<void> {
    const gpu = this.#gpus.at(-1)!;
    // The device's own: the count of its buffers' bytes stands before the prototype's.
    const createBuffer = gpu.createBuffer.bind(gpu);
    gpu.createBuffer = (descriptor) => {
      gpu.createBuffer = createBuffer;
      return createBuffer({ ...descriptor, size: gpu.limits.maxBufferSize + 4 });
    };
  }
}
