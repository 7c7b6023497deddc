import type { PreparedChunk } from '../../src/pipeline/ports.ts';
import { PrepareService } from '../../src/pipeline/prepare-service.ts';
import { exposeWorker } from '../../src/rpc/expose-worker.ts';
import { decodeReadColumns } from '../../src/util/arrow/read-columns.ts';

/** The real preprocess worker, but some texts are its end. */
class MortalPrepareService extends PrepareService {
  override async prepare(read: ArrayBuffer, chunk: number): Promise<PreparedChunk> {
    const texts = decodeReadColumns(read).columns['text'] ?? [];
    if (texts.includes('the end')) {
      close();
      await new Promise(() => undefined);
    }
    return super.prepare(read, chunk);
  }
}

exposeWorker(new MortalPrepareService());
