/**
 * Saves a stream of bytes as a file in any browser. The service worker answers a same-origin address
 * with the bytes, so that they go straight to disk; where none is active, or the browser doesn't let
 * it answer downloads, they are collected in memory and saved as a Blob.
 */
import type { DownloadPortMessage } from './engine-api.ts';
import type { DownloadControl, DownloadPong, ServiceWorkerRequest } from './sw-api.ts';

export interface DownloadRequest {
  readonly fileName: string;
  readonly as: 'zip' | 'file';
  /** Only for `file`, where the size is known exactly. */
  readonly sizeBytes?: number;
}

export interface OpenDownload {
  /** For the engine: RestoreTarget's port. */
  readonly port: MessagePort;
  /** Settles when no more bytes are expected; rejects never. `lost`: the service worker was killed. */
  readonly ended: Promise<'ended' | 'lost'>;
}

export interface Downloads {
  /** Whether bytes go straight to disk; if not, a whole download has to fit in memory. */
  readonly streams: boolean;
  open(request: DownloadRequest): Promise<OpenDownload>;
}

/** What of the browser is needed; main.ts gives the real ones. */
export interface DownloadEnvironment {
  readonly document: Document;
  readonly serviceWorker: {
    readonly isAvailable: boolean;
    active(): Promise<ServiceWorker | undefined>;
  };
  randomUuid(): string;
}

const PING_EVERY_MS = 10_000;
const READY_WITHIN_MS = 3_000;
const CLAIM_WITHIN_MS = 10_000;
const PONG_WITHIN_MS = 8_000;
const FRAME_STAYS_MS = 60_000;
const CONTENT_TYPES = { zip: 'application/zip', file: 'application/octet-stream' } as const;

/** Downloads through the service worker where there is one. */
export function createDownloads(environment: DownloadEnvironment): Downloads {
  return {
    get streams() {
      return environment.serviceWorker.isAvailable;
    },
    async open(request) {
      const worker = await environment.serviceWorker.active();
      const channel = new MessageChannel();
      const opened =
        worker === undefined
          ? { ended: collect(environment.document, channel.port2, request) }
          : await throughWorker(environment, worker, channel.port2, request);
      return { port: channel.port1, ...opened };
    },
  };
}

/** Resolves when the download can begin; what it resolves to tells of its end. */
async function throughWorker(
  environment: DownloadEnvironment,
  worker: ServiceWorker,
  bytes: MessagePort,
  request: DownloadRequest,
): Promise<{ readonly ended: Promise<'ended' | 'lost'> }> {
  const id = environment.randomUuid();
  const control = new MessageChannel();
  const messages = listen(control.port1);
  const size = request.sizeBytes === undefined ? {} : { sizeBytes: request.sizeBytes };
  const open: ServiceWorkerRequest = {
    type: 'download-open',
    id,
    fileName: request.fileName,
    contentType: CONTENT_TYPES[request.as],
    ...size,
  };
  worker.postMessage(open, [bytes, control.port2]);
  if (!(await messages.within('ready', READY_WITHIN_MS))) {
    return { ended: reclaim(environment.document, control.port1, messages, request) };
  }
  const frame = openFrame(
    environment.document,
    `./download/${id}/${encodeURIComponent(toWellFormed(request.fileName))}`,
  );
  if (!(await messages.within('claimed', CLAIM_WITHIN_MS))) {
    frame.remove();
    return { ended: reclaim(environment.document, control.port1, messages, request) };
  }
  const ended = whileAlive(worker, id, messages).finally(() => {
    setTimeout(() => {
      frame.remove();
    }, FRAME_STAYS_MS);
  });
  return { ended };
}

/** The browser did not come for it: takes the bytes' port back and collects them here. */
async function reclaim(
  document: Document,
  control: MessagePort,
  messages: ControlMessages,
  request: DownloadRequest,
): Promise<'ended' | 'lost'> {
  control.postMessage({ type: 'withdraw' } satisfies DownloadControl);
  const port = await messages.returned(READY_WITHIN_MS);
  return port === undefined ? 'lost' : collect(document, port, request);
}

/** Pings until the download ends, or until the service worker no longer knows it. */
function whileAlive(worker: ServiceWorker, id: string, messages: ControlMessages): Promise<'ended' | 'lost'> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      void ping(worker, id).then((known) => {
        if (!known) finish('lost');
      });
    }, PING_EVERY_MS);
    const finish = (how: 'ended' | 'lost'): void => {
      clearInterval(timer);
      resolve(how);
    };
    void messages.within('ended', Number.POSITIVE_INFINITY).then(() => {
      finish('ended');
    });
  });
}

function ping(worker: ServiceWorker, id: string): Promise<boolean> {
  const channel = new MessageChannel();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, PONG_WITHIN_MS);
    channel.port1.onmessage = (event: MessageEvent<DownloadPong>) => {
      clearTimeout(timer);
      resolve(event.data.known);
    };
    worker.postMessage({ type: 'download-ping', id } satisfies ServiceWorkerRequest, [channel.port2]);
  });
}

interface ControlMessages {
  /** Whether the message came, or comes in time. */
  within(type: DownloadControl['type'], timeoutMs: number): Promise<boolean>;
  /** The bytes' port, if the service worker gives it back in time. */
  returned(timeoutMs: number): Promise<MessagePort | undefined>;
}

function listen(port: MessagePort): ControlMessages {
  const seen = new Map<string, MessagePort | undefined>();
  const waiting = new Set<() => void>();
  port.onmessage = (event: MessageEvent<DownloadControl>) => {
    seen.set(event.data.type, event.ports[0]);
    for (const look of [...waiting]) look();
  };
  const within = (type: DownloadControl['type'], timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => {
            settle(false);
          }, timeoutMs)
        : undefined;
      const settle = (came: boolean): void => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(came);
      };
      const look = (): void => {
        if (seen.has(type)) settle(true);
      };
      waiting.add(look);
      look();
    });
  return {
    within,
    returned: async (timeoutMs) => ((await within('returned', timeoutMs)) ? seen.get('returned') : undefined),
  };
}

function openFrame(document: Document, url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.title = 'Download';
  frame.src = url;
  document.body.append(frame);
  return frame;
}

/** Collects a stream in memory and saves it. An aborted stream saves nothing. */
function collect(document: Document, port: MessagePort, request: DownloadRequest): Promise<'ended'> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const pull = (): void => {
    port.postMessage({ type: 'pull' } satisfies DownloadPortMessage);
  };
  return new Promise((resolve) => {
    port.onmessage = (event: MessageEvent<DownloadPortMessage>) => {
      const message = event.data;
      if (message.type === 'data') {
        parts.push(message.bytes);
        pull();
        return;
      }
      if (message.type === 'end') {
        saveBlob(document, new Blob(parts, { type: CONTENT_TYPES[request.as] }), request.fileName);
      }
      port.close();
      resolve('ended');
    };
    pull();
  });
}

/** Saves a Blob as a file of that name. */
function saveBlob(document: Document, blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = fileName;
  anchor.hidden = true;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, FRAME_STAYS_MS);
}

/** A name that encodeURIComponent takes: lone surrogates become U+FFFD. */
function toWellFormed(name: string): string {
  return name.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
