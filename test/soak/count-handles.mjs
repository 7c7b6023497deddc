// @ts-check

/**
 * @typedef {{
 *   readonly gpuBuffers: number,
 *   readonly gpuBytes: number,
 *   readonly connections: number,
 *   readonly transactions: number,
 * }} Handles
 * GPU buffers alive and their bytes, IndexedDB connections and transactions open.
 */

/**
 * Run in a page or worker before its own code: counts what is made and given back there. A buffer also counts as given back
 * when it is collected as garbage, which frees it. Run again once the worker has begun: WebGPU is not there before.
 */
export const COUNT_HANDLES = `
  if (globalThis.handlesOpen === undefined) {
    const open = { gpuBuffers: 0, gpuBytes: 0, connections: 0, transactions: 0 };
    globalThis.handlesOpen = open;
    const openDatabase = IDBFactory.prototype.open;
    const connected = new WeakSet();
    const gone = (db) => { if (connected.delete(db)) open.connections--; };
    IDBFactory.prototype.open = function (...given) {
      const request = openDatabase.apply(this, given);
      request.addEventListener('success', () => {
        open.connections++;
        connected.add(request.result);
        request.result.addEventListener('close', () => gone(request.result));
      });
      return request;
    };
    const close = IDBDatabase.prototype.close;
    IDBDatabase.prototype.close = function () { gone(this); return close.call(this); };
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...given) {
      const transaction = begin.apply(this, given);
      open.transactions++;
      const end = () => void open.transactions--;
      transaction.addEventListener('complete', end);
      transaction.addEventListener('abort', end);
      return transaction;
    };
  }
  if (!globalThis.countsBuffers && 'GPUDevice' in globalThis) {
    globalThis.countsBuffers = true;
    const open = globalThis.handlesOpen;
    const live = new WeakMap();
    const drop = (size) => { open.gpuBuffers--; open.gpuBytes -= size; };
    const collected = new FinalizationRegistry(({ size, token }) => { if (!token.gone) drop(size); });
    const create = GPUDevice.prototype.createBuffer;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor);
      const token = { gone: false };
      open.gpuBuffers++;
      open.gpuBytes += buffer.size;
      live.set(buffer, token);
      collected.register(buffer, { size: buffer.size, token });
      return buffer;
    };
    const destroy = GPUBuffer.prototype.destroy;
    GPUBuffer.prototype.destroy = function () {
      const token = live.get(this);
      if (token !== undefined && !token.gone) { token.gone = true; drop(this.size); }
      return destroy.call(this);
    };
  }`;

/**
 * Handles open in all places together.
 * @param {import('../chaos/cdp-client.mjs').CdpClient} cdp
 * @param {readonly import('../chaos/cdp-client.mjs').Attached[]} places
 * @returns {Promise<Handles>}
 */
export async function countHandles(cdp, places) {
  const sum = { gpuBuffers: 0, gpuBytes: 0, connections: 0, transactions: 0 };
  for (const { sessionId } of places) {
    const options = { expression: 'globalThis.handlesOpen', returnByValue: true };
    // One that ends meanwhile has none.
    const answer = await cdp.send('Runtime.evaluate', options, sessionId).catch(() => null);
    const open = answer?.result.value ?? {};
    for (const key of /** @type {(keyof Handles)[]} */ (Object.keys(sum))) sum[key] += open[key] ?? 0;
  }
  return sum;
}
