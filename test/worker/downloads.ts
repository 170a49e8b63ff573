/** The receiving end of a download port, for tests. */
import type { DownloadPortMessage } from '../../web/bridge/engine-api.ts';

/** Collects what arrives on `port`, asking for one part after another. Rejects with the words of an abort. */
export async function received(port: MessagePort): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    const pull = (): void => {
      port.postMessage({ type: 'pull' } satisfies DownloadPortMessage);
    };
    port.onmessage = ({ data }: MessageEvent<DownloadPortMessage>) => {
      if (data.type === 'data') {
        parts.push(data.bytes);
        pull();
        return;
      }
      port.close();
      if (data.type === 'end') resolve(Buffer.concat(parts));
      if (data.type === 'abort') reject(new Error(data.words));
    };
    pull();
  });
}
