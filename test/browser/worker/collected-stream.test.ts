import { assert } from 'chai';
import type { MessageOfReader, RequestToReader } from '../../../web/worker/reader/protocol.ts';

const FILE_BYTES = 24 * 1024 * 1024;
const NAME = 'collected-stream.bin';

describe('the reader thread', () => {
  after(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(NAME);
  });

  it('reads a file to its end while the garbage collector takes all that nothing holds', async () => {
    const reader = new Worker(new URL('./collecting-reader.ts', import.meta.url), { type: 'module' });
    const ask = (request: RequestToReader['request'], transfer: Transferable[] = []): void => {
      const asked: RequestToReader = { readerId: 0, request };
      reader.postMessage(asked, transfer);
    };
    const read = new Promise<number>((resolve, reject) => {
      let readBytes = 0;
      reader.onerror = (event) => {
        reject(new Error(event.message));
      };
      reader.onmessage = ({ data: { message } }: MessageEvent<MessageOfReader>) => {
        if (message.type !== 'piece') {
          reject(new Error(message.type));
          return;
        }
        readBytes += message.lengthBytes;
        ask({ type: 'recycle', buffers: [message.buffer] }, [message.buffer]);
        if (message.fileEnd) resolve(readBytes);
      };
    });
    ask({
      type: 'start',
      gearTable: crypto.getRandomValues(new Uint8Array(1_024)),
      digestKey: crypto.getRandomValues(new Uint8Array(32)),
      fixedSize: false,
    });
    ask({ type: 'read', fileId: 1, file: await writeFile(), isGuarded: true });
    assert.equal(await read, FILE_BYTES);
    reader.terminate();
  });
});

/** A file on the disk: what lies in memory is read without waiting. */
async function writeFile(): Promise<File> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(NAME, { create: true });
  const writable = await handle.createWritable();
  await writable.truncate(FILE_BYTES);
  await writable.close();
  return handle.getFile();
}
