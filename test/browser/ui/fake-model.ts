/** The page's state over a fake engine, with the browser's own parts replaced where a test must control them. */
import type { Downloads } from '../../../web/bridge/download.ts';
import type { ReminderState } from '../../../web/bridge/reminders.ts';
import { AppModel } from '../../../web/state/app-model.ts';
import type { AddressBar } from '../../../web/state/router.ts';
import { FAKE_NOW_MS, FakeEngine, type FakeOptions } from './fake-engine.ts';

/** An address bar that is not the test page's own. */
export class FakeAddressBar implements AddressBar {
  readonly location: { hash: string; pathname: string; search: string };
  readonly history: AddressBar['history'];
  readonly #listeners: (() => void)[] = [];

  constructor(hash = '') {
    this.location = { hash, pathname: '/', search: '' };
    const go = (_data: unknown, _unused: string, url: string): void => {
      this.location.hash = url.slice(url.indexOf('#'));
    };
    this.history = { pushState: go, replaceState: go };
  }

  addEventListener(_type: string, listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** As if the person had typed another address. */
  visit(hash: string): void {
    this.location.hash = hash;
    for (const listener of this.#listeners) listener();
  }
}

export interface FakeModelOptions extends FakeOptions {
  readonly hash?: string;
  readonly downloads?: Downloads;
  readonly addressBar?: AddressBar;
  readonly storage?: Map<string, string>;
  readonly installable?: boolean;
  readonly reminder?: ReminderState;
}

export interface FakeModel {
  readonly model: AppModel;
  readonly engine: FakeEngine;
  readonly addressBar: AddressBar;
  /** What the model takes for the time. */
  readonly clock: { nowMs: number };
  /** As if a new version of the app had been installed. */
  readonly offerUpdate: () => void;
  /** Whether the person agreed to it. */
  readonly updateApplied: () => boolean;
  /** From when on the device would remind. */
  readonly overdueAtMs: () => number | undefined;
  /** How many files are held open to be looked at. */
  readonly openUrls: () => number;
}

/** A model that is not started yet. */
export function fakeModel(options: FakeModelOptions = {}): FakeModel {
  const engine = new FakeEngine(options);
  const addressBar = options.addressBar ?? new FakeAddressBar(options.hash);
  const storage = options.storage ?? new Map<string, string>();
  let reminder = options.reminder ?? 'unsupported';
  let overdueAtMs: number | undefined;
  const openUrls = new Set<string>();
  const clock = { nowMs: FAKE_NOW_MS };
  let applied = false;
  let offerUpdate = (): void => undefined;
  const model = new AppModel({
    engine,
    addressBar,
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, text) => void storage.set(key, text),
    },
    downloads: options.downloads ?? {
      streams: true,
      open: () =>
        Promise.resolve({ port: new MessageChannel().port1, ended: Promise.resolve('ended' as const) }),
    },
    updates: {
      onUpdate: (listener) => {
        offerUpdate = listener;
      },
      applyUpdate: () => {
        applied = true;
      },
    },
    deviceStorage: {
      read: () =>
        Promise.resolve({
          usedBytes: 48_200_000,
          quotaBytes: 120_000_000_000,
          persisted: storage.has('persisted'),
        }),
      persist: () => {
        storage.set('persisted', 'yes');
        return Promise.resolve(true);
      },
    },
    installOffer: {
      onChange: (listener) => {
        listener(options.installable ?? false);
      },
      accept: () => Promise.resolve(),
    },
    reminders: {
      read: () => Promise.resolve(reminder),
      turnOn: () => Promise.resolve((reminder = 'on')),
      turnOff: () => Promise.resolve((reminder = 'off')),
      remindFrom: (time) => {
        overdueAtMs = time;
        return Promise.resolve();
      },
    },
    previewAddresses: {
      isAvailable: false,
      open: () => ({ url: 'about:blank', close: () => undefined }),
    },
    urls: {
      create: (blob) => {
        const url = URL.createObjectURL(blob);
        openUrls.add(url);
        return url;
      },
      revoke: (url) => {
        URL.revokeObjectURL(url);
        openUrls.delete(url);
      },
    },
    wakeLock: { hold: () => undefined },
    nowMs: () => clock.nowMs,
    serverUrl: 'http://localhost',
    deviceName: 'Chrome on Linux',
  });
  return {
    model,
    engine,
    addressBar,
    clock,
    offerUpdate: () => {
      offerUpdate();
    },
    updateApplied: () => applied,
    overdueAtMs: () => overdueAtMs,
    openUrls: () => openUrls.size,
  };
}
