/** This device's limits on the network, as last read, and setting them. They hold at once. */
import type { NetworkApi, NetworkSettings } from '../bridge/network-api.ts';

export class NetworkStore {
  readonly #engine: NetworkApi;

  constructor(engine: NetworkApi) {
    this.#engine = engine;
  }

  /** Rejects as the engine does, as `save` does. */
  settings(): Promise<NetworkSettings> {
    return this.#engine.networkSettings();
  }

  save(settings: NetworkSettings): Promise<void> {
    return this.#engine.setNetworkSettings(settings);
  }
}
