/**
 * What the page and the service worker say to each other. Types only. Beside these messages, a
 * download's bytes go from the engine to the service worker on a port of their own
 * (DownloadPortMessage in engine-api.ts).
 *
 * Previews: an element of the page (`img`, `audio`, `video`) loads `./preview/<token>`. The service worker
 * keeps nothing of it: it asks the page that the request came from, and that page alone, what the token stands
 * for, and then for the bytes, piece by piece as the element takes them. A token is random and dies with the
 * page; an address that is opened in a tab, or that another page asks for, is answered with 404.
 */

/** Page -> service worker, by `postMessage` on the registration's active worker. */
export type ServiceWorkerRequest =
  /** Registers a download; comes with two ports: [bytes from the engine, DownloadControl]. */
  | {
      readonly type: 'download-open';
      readonly id: string;
      readonly fileName: string;
      readonly contentType: string;
      /** Only where it is certain: a wrong length breaks the download. */
      readonly sizeBytes?: number;
    }
  /** Keeps the service worker alive while a download runs; comes with a port for one DownloadPong. */
  | { readonly type: 'download-ping'; readonly id: string }
  /** The person agreed to the new version. */
  | { readonly type: 'skip-waiting' };

/** On a download's control port. */
export type DownloadControl =
  | { readonly type: 'ready' } // worker -> page: the address answers now
  | { readonly type: 'claimed' } // worker -> page: the browser asked for it
  | { readonly type: 'ended' } // worker -> page: it is complete, failed, or was stopped
  | { readonly type: 'withdraw' } // page -> worker: give the bytes' port back, if not claimed yet
  | { readonly type: 'returned' }; // worker -> page: comes with the bytes' port

/** Whether the download is still there: a service worker that was killed has forgotten it. */
export interface DownloadPong {
  readonly known: boolean;
}

/** Service worker -> page, as a message of `navigator.serviceWorker`; comes with a port for PreviewMessages. */
export interface PreviewAsk {
  readonly type: 'preview-ask';
  readonly token: string;
}

/** On a preview's port, one exchange a request of the element. */
export type PreviewMessage =
  /** page -> worker, the answer to the asking: what the token stands for. */
  | { readonly type: 'file'; readonly contentType: string; readonly sizeBytes: number }
  /** page -> worker: the token stands for nothing, or the bytes can't be read. */
  | { readonly type: 'gone' }
  /** worker -> page: send these; not before they have come it asks again. */
  | { readonly type: 'read'; readonly startByte: number; readonly endByte: number }
  /** page -> worker: exactly what was asked for, transferred. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** worker -> page: nothing more is wanted. */
  | { readonly type: 'done' };
