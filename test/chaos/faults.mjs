// @ts-check
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { browserPids } from './browser-pids.mjs';
import { kill } from './cli-run.mjs';

/** @typedef {import('./cdp-client.mjs').CdpClient} CdpClient @typedef {import('./cli-run.mjs').CliRun} CliRun */
/**
 * @typedef {{
 *   readonly run: CliRun,
 *   readonly cdp: CdpClient,
 *   readonly random: () => number,
 *   readonly inputPath: string,
 *   readonly origin: string,
 * }} Scene
 * @typedef {(scene: Scene) => Promise<boolean | (() => void)>} Inject
 * False when there was nothing to hit. A function puts back what was changed outside the job, before it goes on.
 */

/** @param {'browser' | 'gpu-process' | 'renderer'} type @returns {Inject} */
const killProcess =
  (type) =>
  async ({ run }) => {
    const pid = browserPids(run.pid, type)[0];
    return pid !== undefined && kill(pid, 'SIGKILL');
  };

/** @param {string} name @param {string} code @returns {Inject} */
const inWorker =
  (name, code) =>
  async ({ cdp, random }) => {
    const workers = cdp.workers(name);
    const worker = workers[Math.floor(random() * workers.length)];
    if (worker === undefined) return false;
    await cdp.tell(worker, code);
    return true;
  };

/** Ends the worker from within: nobody is told. @param {string} name */
const endWorker = (name) => inWorker(name, 'close()');

/** @type {Inject} */
const freezeRenderer = async ({ run, random }) => {
  const pid = browserPids(run.pid, 'renderer')[0];
  if (pid === undefined || !kill(pid, 'SIGSTOP')) return false;
  await delay(500 + random() * 1500);
  return kill(pid, 'SIGCONT');
};

/** The next batch that a GPU worker encodes finds its device destroyed. */
const DESTROY_DEVICE = `
  const create = GPUDevice.prototype.createCommandEncoder;
  GPUDevice.prototype.createCommandEncoder = function (...given) {
    GPUDevice.prototype.createCommandEncoder = create;
    const encoder = create.apply(this, given);
    this.destroy();
    return encoder;
  };`;

/** @type {Inject} */
const crashGpu = async ({ cdp }) => {
  await cdp.send('Browser.crashGpuProcess').catch(() => undefined);
  return true;
};

/** The next large arrays of a worker, and the next memory that WASM asks for, are not to be had. */
const NO_MEMORY = `
  const refuse = () => { throw new RangeError('Array buffer allocation failed'); };
  let left = 2;
  for (const name of ['Float32Array', 'Uint8Array', 'Int32Array', 'Uint32Array', 'ArrayBuffer']) {
    const proxy = new Proxy(globalThis[name], {
      construct: (target, args, self) => {
        if (typeof args[0] === 'number' && args[0] > 64 && left-- > 0) refuse();
        return Reflect.construct(target, args, self === proxy ? target : self);
      },
    });
    globalThis[name] = proxy;
  }
  const grow = WebAssembly.Memory.prototype.grow;
  let grows = 2;
  WebAssembly.Memory.prototype.grow = function (pages) { if (grows-- > 0) refuse(); return grow.call(this, pages); };
  if ('GPUDevice' in globalThis) {
    const create = GPUDevice.prototype.createBuffer;
    let buffers = 2;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      if (buffers-- > 0) throw new RangeError('createBuffer failed: out of memory');
      return create.call(this, descriptor);
    };
  }`;

/** @type {Inject} */
const fillQuota = async ({ cdp, origin }) => {
  if (cdp.page === null) return false;
  const quotaSize = 64 * 1024;
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize }, cdp.page.sessionId);
  return true;
};

/** What a user does who clears the data of the site, and a browser that finds its database broken. @type {Inject} */
const clearStorage = async ({ cdp, origin }) => {
  if (cdp.page === null) return false;
  const what = { origin, storageTypes: 'indexeddb' };
  // The command may have ended by it before the browser answers.
  await cdp.send('Storage.clearDataForOrigin', what, cdp.page.sessionId).catch(() => undefined);
  return true;
};

/** @type {Inject} */
const cutInput = async ({ inputPath, random }) => {
  const whole = readFileSync(inputPath);
  truncateSync(inputPath, Math.floor(whole.length * random() * 0.9));
  return () => writeFileSync(inputPath, whole);
};

/**
 * What can go wrong, by name, and how it is done. `refused`: the command may end with exit code 2, as long as it is not
 * put back. `loses`: the job is gone, and has to say so.
 * @type {Readonly<Record<string, { readonly inject: Inject, readonly refused?: true, readonly loses?: true }>>}
 */
export const FAULTS = {
  'kill -9 of the runner': { inject: async ({ run }) => kill(run.pid, 'SIGKILL') },
  'kill -9 of the browser': { inject: killProcess('browser') },
  'kill -9 of the page': { inject: killProcess('renderer') },
  'kill -9 of the GPU process': { inject: killProcess('gpu-process') },
  'end of the job worker': { inject: endWorker('job') },
  'end of an ingest worker': { inject: endWorker('ingest') },
  'end of a preprocess worker': { inject: endWorker('preprocess') },
  'end of a device worker': { inject: endWorker('device') },
  'end of an export worker': { inject: endWorker('export') },
  'device.destroy()': { inject: inWorker('device', DESTROY_DEVICE) },
  'crash of the GPU process': { inject: crashGpu },
  'no memory in the device worker': { inject: inWorker('device', NO_MEMORY) },
  'no memory in the job worker': { inject: inWorker('job', NO_MEMORY) },
  'no memory in an ingest worker': { inject: inWorker('ingest', NO_MEMORY) },
  'no memory in a preprocess worker': { inject: inWorker('preprocess', NO_MEMORY) },
  'quota full': { inject: fillQuota },
  'input cut short while it is read': { inject: cutInput, refused: true },
  'storage cleared while it is used': { inject: clearStorage, loses: true },
  'page frozen for 0.5-2 s': { inject: freezeRenderer },
  'hang of the job worker': { inject: inWorker('job', 'for (;;);') },
  'hang of a device worker': { inject: inWorker('device', 'for (;;);') },
  'hang of a preprocess worker': { inject: inWorker('preprocess', 'for (;;);') },
  'hang of an ingest worker': { inject: inWorker('ingest', 'for (;;);') },
};
