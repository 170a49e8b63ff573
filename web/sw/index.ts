/**
 * The service worker: events and policy only; the verbs are beside it. It keeps the app's shell for
 * offline use, answers downloads, and sends what waits in the queue. It never answers the WebSocket or the server's own addresses.
 */
import { clientsClaim } from 'workbox-core';
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import type { ReminderRequest } from '../bridge/reminder-api.ts';
import type { ServiceWorkerRequest } from '../bridge/sw-api.ts';
import { sendQueue } from '../worker/background-sender.ts';
import { Downloads, downloadId } from './download.ts';
import { previewToken, respondWithPreview } from './preview.ts';
import { isReminderRequest, Reminder } from './reminder.ts';

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly (PrecacheEntry | string)[];
};

/** Addresses that are the server's alone. */
const NEVER_OURS = [
  /^\/ws(?:\/|$)/,
  /^\/healthz/,
  /^\/readyz/,
  /^\/metrics/,
  /^\/download\//,
  /^\/preview\//,
];

/** The page asks for it whenever something waits to be sent (bridge/background-sync.ts). */
const OUTBOX_TAG = 'holdfast-outbox';

const downloads = new Downloads();
const reminder = new Reminder({
  registration: self.registration,
  clients: self.clients,
  indexedDB: self.indexedDB,
  nowMs: () => Date.now(),
});

precacheAndRoute([...self.__WB_MANIFEST]);
cleanupOutdatedCaches();
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && downloadId(url, self.registration.scope) !== undefined,
  ({ url }) => downloads.respond(downloadId(url, self.registration.scope)),
);
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && previewToken(url, self.registration.scope) !== undefined,
  async ({ event, request, url }) => {
    const client = event instanceof FetchEvent ? await self.clients.get(event.clientId) : undefined;
    return respondWithPreview(request, previewToken(url, self.registration.scope), client);
  },
);
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html'), { denylist: NEVER_OURS }));
clientsClaim();

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const request = event.data as ServiceWorkerRequest | ReminderRequest;
  if (isReminderRequest(request)) {
    event.waitUntil(reminder.remindFrom(request, event.ports[0]));
    return;
  }
  switch (request.type) {
    case 'download-open':
      event.waitUntil(downloads.open(request, event.ports));
      break;
    case 'download-ping':
      event.waitUntil(downloads.pong(request.id, event.ports[0]));
      break;
    case 'skip-waiting':
      event.waitUntil(self.skipWaiting());
      break;
  }
});

self.addEventListener('periodicsync', (event) => {
  (event as ExtendableEvent).waitUntil(reminder.onPeriodicSync(event));
});

self.addEventListener('sync', (event) => {
  const { tag } = event as ExtendableEvent & { readonly tag: string };
  if (tag === OUTBOX_TAG) (event as ExtendableEvent).waitUntil(sendQueue());
});

self.addEventListener('notificationclick', (event) => {
  event.waitUntil(reminder.onClick(event.notification));
});
