/**
 * Downloads: an address that answers with the bytes that the engine sends on a port. The browser
 * writes them to disk as they come, and pulls only what it can take.
 */
import { release } from '../../shared/release.ts';
import type { DownloadPortMessage } from '../bridge/engine-api.ts';
import type { DownloadControl, DownloadPong, ServiceWorkerRequest } from '../bridge/sw-api.ts';
import { attachmentHeader } from './content-disposition.ts';

type OpenRequest = Extract<ServiceWorkerRequest, { type: 'download-open' }>;

interface Download {
  readonly request: OpenRequest;
  readonly bytes: MessagePort;
  readonly control: MessagePort;
  readonly ended: Promise<void>;
  readonly end: () => void;
  claimed: boolean;
}

/**
 * How long one event holds this worker for a download: longer than the time between two pings, which browsers
 * stretch to a minute in a page that is hidden; shorter than the five minutes after which Chromium ends a
 * worker whose event goes on.
 */
const AWAKE_MS = 90_000;

const HIGH_WATER_PARTS = 2;

const ADDRESS = /^download\/([0-9a-f-]{36})\//;

/** The id of the download that an address below `scope` names, if it names one. */
export function downloadId(url: URL, scope: string): string | undefined {
  return url.href.startsWith(scope) ? ADDRESS.exec(url.href.slice(scope.length))?.[1] : undefined;
}

export class Downloads {
  readonly #open = new Map<string, Download>();
  readonly #awakeMs: number;

  constructor(awakeMs = AWAKE_MS) {
    this.#awakeMs = awakeMs;
  }

  /** Registers a download. What it returns is for `waitUntil`: the browser keeps this worker for a while. */
  open(request: OpenRequest, ports: readonly MessagePort[]): Promise<void> {
    const [bytes, control] = ports;
    if (bytes === undefined || control === undefined) return Promise.resolve();
    const { promise: ended, resolve } = opener();
    const end = (): void => {
      this.#open.delete(request.id);
      control.postMessage({ type: 'ended' } satisfies DownloadControl);
      // A port that stays open keeps what listens to it, the last parts among that.
      control.close();
      bytes.close();
      resolve();
    };
    const download: Download = { request, bytes, control, ended, end, claimed: false };
    this.#open.set(request.id, download);
    control.onmessage = () => {
      this.#withdraw(download);
    };
    control.postMessage({ type: 'ready' } satisfies DownloadControl);
    return this.#awake(download);
  }

  /** Answers a ping, and keeps this worker for a while more if it knows the download. For `waitUntil`. */
  pong(id: string, port: MessagePort | undefined): Promise<void> {
    const download = this.#open.get(id);
    port?.postMessage({ known: download !== undefined } satisfies DownloadPong);
    return download === undefined ? Promise.resolve() : this.#awake(download);
  }

  /** The response for the address of a download. Each is answered once. */
  respond(id: string | undefined): Promise<Response> {
    const download = id === undefined ? undefined : this.#open.get(id);
    if (download === undefined || download.claimed) {
      return Promise.resolve(
        new Response('This download is over. Start it again in Holdfast.', { status: 410 }),
      );
    }
    download.claimed = true;
    download.control.postMessage({ type: 'claimed' } satisfies DownloadControl);
    return Promise.resolve(new Response(streamOf(download), { headers: headersOf(download.request) }));
  }

  #awake({ ended }: Download): Promise<void> {
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, this.#awakeMs);
    });
    return Promise.race([ended, late]);
  }

  #withdraw(download: Download): void {
    if (download.claimed) return;
    this.#open.delete(download.request.id);
    download.control.postMessage({ type: 'returned' } satisfies DownloadControl, [download.bytes]);
    download.end();
  }
}

/** A promise and what resolves it. */
function opener(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function headersOf({ fileName, contentType, sizeBytes }: OpenRequest): Record<string, string> {
  const headers = {
    'Content-Type': contentType,
    'Content-Disposition': attachmentHeader(fileName),
    'Content-Security-Policy': "default-src 'none'; sandbox",
    // The page isolates itself: what it embeds must say that it may be.
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
  return sizeBytes === undefined ? headers : { ...headers, 'Content-Length': String(sizeBytes) };
}

/** The bytes that come on a download's port; one message is asked for at a time, when there is room. */
function streamOf(download: Download): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { bytes: port } = download;
  const send = (message: DownloadPortMessage): void => {
    port.postMessage(message);
  };
  let arrived = (): void => undefined;
  const given = new GivenParts();
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        const take = taker(controller, given, download.end);
        port.onmessage = (event: MessageEvent<DownloadPortMessage>) => {
          take(event.data);
          arrived();
        };
        // The page with the engine was closed (browsers that tell): the file must not look complete.
        port.addEventListener('close', () => {
          take({ type: 'abort', words: 'The app was closed.' });
        });
      },
      pull({ desiredSize }) {
        given.releaseBefore(HIGH_WATER_PARTS - (desiredSize ?? 0));
        const { promise, resolve } = opener();
        arrived = resolve;
        send({ type: 'pull' });
        return promise;
      },
      cancel() {
        send({ type: 'cancel' });
        download.end();
      },
    },
    { highWaterMark: HIGH_WATER_PARTS },
  );
}

/** Parts that were given to the browser. It copies each when it takes it, one after another. */
class GivenParts {
  readonly #buffers: ArrayBuffer[] = [];

  add(buffer: ArrayBuffer): void {
    this.#buffers.push(buffer);
  }

  /** Frees what was copied, for all that can be told: all but the last two that were taken, and `waiting` more. */
  releaseBefore(waiting: number): void {
    const copied = Math.max(0, this.#buffers.length - waiting - 2);
    for (const buffer of this.#buffers.splice(0, copied)) release(buffer);
  }
}

/** Hands messages on to the browser; what comes after the end is ignored. */
function taker(
  controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  given: GivenParts,
  end: () => void,
): (message: DownloadPortMessage) => void {
  let isOver = false;
  return (message) => {
    if (isOver) return;
    if (message.type === 'data') {
      controller.enqueue(message.bytes);
      given.add(message.bytes.buffer);
      return;
    }
    isOver = true;
    if (message.type === 'end') controller.close();
    else
      controller.error(new TypeError(message.type === 'abort' ? message.words : 'The engine made no sense.'));
    end();
  };
}
