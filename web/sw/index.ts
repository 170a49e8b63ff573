/**
 * The service worker: events and policy only; the verbs are beside it. It keeps the app's shell for
 * offline use and answers downloads. It never answers the WebSocket or the server's own addresses.
 */
import { clientsClaim } from 'workbox-core';
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import type { ServiceWorkerRequest } from '../bridge/sw-api.ts';
import { Downloads, downloadId } from './download.ts';

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly (PrecacheEntry | string)[];
};

/** Addresses that are the server's alone. */
const NEVER_OURS = [/^\/ws(?:\/|$)/, /^\/healthz/, /^\/readyz/, /^\/metrics/, /^\/download\//];

const downloads = new Downloads();

precacheAndRoute([...self.__WB_MANIFEST]);
cleanupOutdatedCaches();
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && downloadId(url, self.registration.scope) !== undefined,
  ({ url }) => downloads.respond(downloadId(url, self.registration.scope)),
);
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html'), { denylist: NEVER_OURS }));
clientsClaim();

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const request = event.data as ServiceWorkerRequest;
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
