import type * as ort from 'onnxruntime-web';
import asyncifyModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import jspiWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import { JobError } from '../core/job-error.ts';
import { watchHeaps } from './watch-memory.ts';
import { Mutex } from '../util/mutex.ts';

export type Runtime = typeof ort;

/**
 * Held around every create, run and release of a session, whichever it is. ONNX Runtime's WebGPU provider does not run
 * concurrently (`ConcurrentRunSupported()` is false): a second `run` while the first is suspended hangs the worker for good.
 */
export const runtimeMutex = new Mutex();

/**
 * ONNX Runtime with its WASM where our build put it. The build on JSPI is smaller (17 MB, not 27) and survives errors
 * after which the asyncify one hangs on its next run; asyncify is for browsers without JSPI.
 *
 * Both paths are given so that WASM threads start from ONNX Runtime's own small module, of our origin, and not from a
 * blob or from the worker's bundle. One realm initialises once: `threads` of the first session stay.
 * @throws JobError `DEVICE_UNAVAILABLE` when its script cannot be had.
 */
export async function loadRuntime(threads: number): Promise<Runtime> {
  watchHeaps();
  const jspi = 'Suspending' in WebAssembly;
  const imported: Promise<Runtime> = jspi ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu');
  const runtime = await imported.catch((cause: unknown) => {
    throw new JobError('DEVICE_UNAVAILABLE', `ONNX Runtime could not be loaded: ${String(cause)}`, { cause });
  });
  const { env } = runtime;
  env.logLevel = 'error';
  env.wasm.proxy = false;
  env.wasm.numThreads = threads;
  env.wasm.wasmPaths = jspi
    ? { mjs: absolute(jspiModuleUrl), wasm: absolute(jspiWasmUrl) }
    : { mjs: absolute(asyncifyModuleUrl), wasm: absolute(asyncifyWasmUrl) };
  return runtime;
}

function absolute(url: string): string {
  return new URL(url, self.location.href).href;
}
