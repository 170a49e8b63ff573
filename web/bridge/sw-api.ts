/**
 * What the page and the service worker say to each other. Types only. Beside these messages, a
 * download's bytes go from the engine to the service worker on a port of their own
 * (DownloadPortMessage in engine-api.ts).
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
