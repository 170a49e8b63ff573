/**
 * Addresses under which the page's own elements show a snapshot's files: the service worker answers them with
 * bytes that it asks for here, and the engine reads, verifies and decrypts the ranges that are wanted. No file
 * is ever whole in memory, and nothing decrypted is stored.
 */
import type { SnapshotId } from '../../shared/ids.ts';
import type { HistoryApi } from './history-api.ts';
import type { PreviewAsk, PreviewMessage } from './sw-api.ts';

export interface PreviewedFile {
  readonly snapshotId: SnapshotId;
  readonly path: readonly string[];
  /** As `openPreview` tells it. */
  readonly sizeBytes: number;
  /** An image that runs nothing (no SVG), audio or video: the service worker refuses anything else. */
  readonly contentType: string;
  /** Hears why bytes could not be read: the element itself only knows that they did not come. */
  readonly onFailed: (error: unknown) => void;
}

export interface PreviewAddress {
  /** For the `src` of an `img`, `audio` or `video` of this page; good until `close`, and never beyond its life. */
  readonly url: string;
  close(): void;
}

export interface PreviewAddresses {
  /** Whether a service worker answers this page's elements: not in a page that was reloaded without one. */
  readonly isAvailable: boolean;
  open(file: PreviewedFile): PreviewAddress;
}

/** What of the browser and the engine is needed; main.ts gives the real ones. */
export interface PreviewEnvironment {
  readonly engine: Pick<HistoryApi, 'readRange'>;
  readonly serviceWorker: ServiceWorkerContainer | undefined;
  randomUuid(): string;
}

/** Answers the service worker from now on. */
export function createPreviewAddresses(environment: PreviewEnvironment): PreviewAddresses {
  const { engine, serviceWorker } = environment;
  const files = new Map<string, PreviewedFile>();
  serviceWorker?.addEventListener('message', ({ data, ports }: MessageEvent<PreviewAsk | undefined>) => {
    const [port] = ports;
    if (data?.type === 'preview-ask' && port !== undefined) answer(port, engine, files.get(data.token));
  });
  serviceWorker?.startMessages();
  return {
    get isAvailable() {
      return (serviceWorker?.controller ?? null) !== null;
    },
    open(file) {
      const token = environment.randomUuid();
      files.set(token, file);
      return {
        url: `./preview/${token}`,
        close: () => {
          files.delete(token);
        },
      };
    },
  };
}

/** Answers one request of an element, until it has what it wants. */
function answer(
  port: MessagePort,
  engine: PreviewEnvironment['engine'],
  file: PreviewedFile | undefined,
): void {
  const send = (message: PreviewMessage, transfer: Transferable[] = []): void => {
    port.postMessage(message, transfer);
  };
  if (file === undefined) {
    send({ type: 'gone' });
    return;
  }
  port.onmessage = ({ data }: MessageEvent<PreviewMessage>) => {
    if (data.type === 'done') port.close();
    if (data.type !== 'read') return;
    engine.readRange(file.snapshotId, file.path, data.startByte, data.endByte).then(
      (bytes) => {
        send({ type: 'bytes', bytes }, [bytes.buffer]);
      },
      (error: unknown) => {
        file.onFailed(error);
        send({ type: 'gone' });
      },
    );
  };
  send({ type: 'file', contentType: file.contentType, sizeBytes: file.sizeBytes });
}
