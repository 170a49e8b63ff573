/** What the browser keeps for this app on the device, and whether it promises not to drop it. */

export interface DeviceStorage {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** Whether the browser promised to keep it when the device runs short of room. */
  readonly persisted: boolean;
}

export interface DeviceStorageControl {
  read(): Promise<DeviceStorage>;
  /** Asks for the promise; resolves to whether it was given. */
  persist(): Promise<boolean>;
}

/** The document's storage; some sessions that keep nothing have none (WebKitGTK's private ones). */
export function createDeviceStorage(storage: StorageManager | undefined): DeviceStorageControl {
  if (storage === undefined) {
    const nothing = { usedBytes: 0, quotaBytes: 0, persisted: false };
    return { read: () => Promise.resolve(nothing), persist: () => Promise.resolve(false) };
  }
  return {
    async read() {
      const [{ usage = 0, quota = 0 }, persisted] = await Promise.all([
        storage.estimate(),
        storage.persisted(),
      ]);
      return { usedBytes: usage, quotaBytes: quota, persisted };
    },
    persist: () => storage.persist(),
  };
}
