/** What concerns this device alone: the browser's storage, and installing the app. */
import type { DeviceStorage, DeviceStorageControl } from '../bridge/device-storage.ts';
import type { InstallOffer } from '../bridge/install-prompt.ts';
import { Value, type Observable } from './observable.ts';

export type { DeviceStorage } from '../bridge/device-storage.ts';

export class DeviceStore {
  readonly #storage: DeviceStorageControl;
  readonly #install: InstallOffer;
  readonly #installable = new Value(false);
  readonly #state = new Value<DeviceStorage | undefined>(undefined);

  constructor(storage: DeviceStorageControl, install: InstallOffer) {
    this.#storage = storage;
    this.#install = install;
    install.onChange((offered) => {
      this.#installable.set(offered);
    });
  }

  /** Whether the browser offers to install the app. */
  get installable(): Observable<boolean> {
    return this.#installable;
  }

  /** As last read; undefined before. */
  get storage(): Observable<DeviceStorage | undefined> {
    return this.#state;
  }

  async refresh(): Promise<void> {
    this.#state.set(await this.#storage.read());
  }

  /** Asks the browser to keep what the app stores; resolves to its answer. */
  async persist(): Promise<boolean> {
    const given = await this.#storage.persist();
    await this.refresh();
    return given;
  }

  install(): Promise<void> {
    return this.#install.accept();
  }
}
