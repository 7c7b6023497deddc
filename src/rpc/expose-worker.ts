import { expose, transfer } from 'comlink';
import { trustOwnScripts } from '../util/trust-own-scripts.ts';
import { collectBuffers } from './collect-buffers.ts';
import { holdLifeline, LIFELINE, PULSE } from './lifeline.ts';
import { transferErrors } from './transfer-errors.ts';

/** Offers an object to whoever started this worker; see `connectWorker`. Buffers in results are moved. */
export function exposeWorker(api: object): void {
  trustOwnScripts();
  transferErrors();
  expose(
    new Proxy(api, {
      get(target, property) {
        if (property === LIFELINE) return holdLifeline;
        if (property === PULSE) return async () => undefined;
        const member: unknown = Reflect.get(target, property);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          const result: unknown = await Reflect.apply(member, target, args);
          const buffers = collectBuffers(result);
          return buffers.length === 0 ? result : transfer(result, buffers);
        };
      },
    }),
  );
}
