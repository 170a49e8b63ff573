/**
 * The engine's end of a download: bytes leave through a message port, one part each time the receiver asks,
 * so that a slow disk slows the restore down instead of filling memory.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { DownloadPortMessage } from '../../bridge/engine-api.ts';
import { Credit } from '../connection/credit.ts';

export interface DownloadPort {
  /** Resolves when the receiver has asked for the part and it is on its way. Throws `cancelled`. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  end(): void;
  abort(words: string): void;
}

/** `onCancel` is called when the person stops the download. */
export function openDownloadPort(port: MessagePort, onCancel: () => void): DownloadPort {
  const pulls = new Credit();
  const post = (message: DownloadPortMessage, transfer: Transferable[] = []): void => {
    port.postMessage(message, transfer);
  };
  port.onmessage = ({ data }: MessageEvent<DownloadPortMessage>) => {
    if (data.type === 'pull') pulls.grant(1);
    if (data.type !== 'cancel') return;
    pulls.fail(new HoldfastError('cancelled'));
    onCancel();
  };
  return {
    send: async (bytes) => {
      await pulls.take(1);
      // A copy: the bytes may be a view of a chunk that other files still need.
      const copy = bytes.slice();
      post({ type: 'data', bytes: copy }, [copy.buffer]);
    },
    end: () => {
      post({ type: 'end' });
    },
    abort: (words) => {
      post({ type: 'abort', words });
    },
  };
}
