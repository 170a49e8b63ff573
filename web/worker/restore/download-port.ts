/**
 * The engine's end of a download: bytes leave through a message port, one part each time the receiver asks,
 * so that a slow disk slows the restore down instead of filling memory.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { DownloadPortMessage } from '../../bridge/engine-api.ts';
import { Credit } from '../connection/credit.ts';

/** Small writes are gathered: a message costs more than what it carries. */
const PART_BYTES = 256 * 1024;

export interface DownloadPort {
  /** Takes a copy; resolves when there is room for more. Throws `cancelled`. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Resolves when the last part is on its way. */
  end(): Promise<void>;
  /** The download fails, and so does whoever sends. */
  abort(words: string): void;
}

/** `onCancel` is called when the person stops the download. */
export function openDownloadPort(port: MessagePort, onCancel: () => void): DownloadPort {
  const pulls = new Credit();
  const part = new GatheredPart();
  const post = (message: DownloadPortMessage, transfer: Transferable[] = []): void => {
    port.postMessage(message, transfer);
  };
  const flush = async (): Promise<void> => {
    await pulls.take(1);
    const bytes = part.take();
    post({ type: 'data', bytes }, [bytes.buffer]);
  };
  port.onmessage = ({ data }: MessageEvent<DownloadPortMessage>) => {
    if (data.type === 'pull') pulls.grant(1);
    if (data.type !== 'cancel') return;
    pulls.fail(new HoldfastError('cancelled'));
    onCancel();
  };
  return {
    send: async (bytes) => {
      for (let start = 0; start < bytes.length;) {
        start += part.add(bytes.subarray(start));
        if (part.isFull) await flush();
      }
    },
    end: async () => {
      if (!part.isEmpty) await flush();
      post({ type: 'end' });
    },
    abort: (words) => {
      pulls.fail(new HoldfastError('cancelled'));
      post({ type: 'abort', words });
    },
  };
}

/** A part that is being filled. */
class GatheredPart {
  #bytes = new Uint8Array(PART_BYTES);
  #filled = 0;

  get isFull(): boolean {
    return this.#filled === this.#bytes.length;
  }

  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  /** Adds what there is room for and returns how many bytes that is. */
  add(bytes: Uint8Array): number {
    const fitting = bytes.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(fitting, this.#filled);
    this.#filled += fitting.length;
    return fitting.length;
  }

  /** What was added; the next part begins. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.subarray(0, this.#filled);
    this.#bytes = new Uint8Array(PART_BYTES);
    this.#filled = 0;
    return bytes;
  }
}
