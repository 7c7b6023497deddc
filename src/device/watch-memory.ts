/** WebAssembly memories made in this worker since {@link watchHeaps}: ONNX Runtime's one. */
const heaps: WebAssembly.Memory[] = [];
let watching = false;

/** Sees every WebAssembly memory that is made from now on; ONNX Runtime does not show its own. */
export function watchHeaps(): void {
  if (watching) return;
  watching = true;
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, args, newTarget) {
      const memory = Reflect.construct(target, args, newTarget) as WebAssembly.Memory;
      heaps.push(memory);
      return memory;
    },
  });
}

/** Bytes of WebAssembly memory: it grows, and never shrinks (microsoft/onnxruntime#21673). */
export function heapBytes(): number {
  return heaps.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

/** Counts the bytes of a device's buffers that are not destroyed, ONNX Runtime's and ours. Two closures a buffer. */
export class GpuBufferMeter {
  #bytes = 0;

  constructor(device: GPUDevice) {
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const { size } = buffer;
      const destroy = buffer.destroy.bind(buffer);
      let live = true;
      this.#bytes += size;
      buffer.destroy = () => {
        if (live) this.#bytes -= size;
        live = false;
        destroy();
      };
      return buffer;
    };
  }

  get bytes(): number {
    return this.#bytes;
  }
}
