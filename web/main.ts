/** The page's entry: gives the state its real ports, mounts the app, registers the service worker. Holds no logic. */
import '@awesome.me/webawesome/dist/styles/themes/default.css';
import { keepSendingInBackground } from './bridge/background-sync.ts';
import { createDeviceStorage } from './bridge/device-storage.ts';
import { deviceName } from './bridge/device.ts';
import { createDownloads } from './bridge/download.ts';
import { startEngine } from './bridge/engine-client.ts';
import { createInstallOffer } from './bridge/install-prompt.ts';
import { localStorageIfAllowed } from './bridge/local-storage.ts';
import { createPreviewAddresses } from './bridge/preview-addresses.ts';
import { createReminders } from './bridge/reminders.ts';
import { registerServiceWorker } from './bridge/sw-client.ts';
import { createWakeLock } from './bridge/wake-lock.ts';
import { trustOwnScripts } from '../shared/trusted-scripts.ts';
import { AppModel } from './state/app-model.ts';
import { mountApp } from './ui/shell.ts';

trustOwnScripts(window);
const nowMs = (): number => Date.now();
const { engine } = startEngine((detail) => {
  model.engineFailed(detail);
});
const serviceWorker = registerServiceWorker(
  import.meta.env.PROD ? navigator.serviceWorker : undefined,
  './sw.js',
  (detail) => {
    model.log.add({ atMs: nowMs(), level: 'warn', text: `The app can’t be kept for offline use: ${detail}` });
  },
);
const model = new AppModel({
  engine,
  addressBar: window,
  storage: localStorageIfAllowed(window),
  downloads: createDownloads({
    document,
    serviceWorker,
    randomUuid: () => crypto.randomUUID(),
  }),
  updates: serviceWorker,
  deviceStorage: createDeviceStorage(navigator.storage),
  installOffer: createInstallOffer(window),
  reminders: createReminders({
    notification: 'Notification' in window ? Notification : undefined,
    registration: () => serviceWorker.registration(),
  }),
  previewAddresses: createPreviewAddresses({
    engine,
    serviceWorker: import.meta.env.PROD ? navigator.serviceWorker : undefined,
    randomUuid: () => crypto.randomUUID(),
  }),
  urls: {
    create: (blob) => URL.createObjectURL(blob),
    revoke: (url) => {
      URL.revokeObjectURL(url);
    },
  },
  wakeLock: createWakeLock(navigator, document),
  nowMs,
  serverUrl: new URL('./ws', location.href.replace(/^http/, 'ws')).href,
  deviceName: deviceName(navigator.userAgent),
});
mountApp(model, document);
void keepSendingInBackground(engine, () => serviceWorker.registration());
void model.start();
