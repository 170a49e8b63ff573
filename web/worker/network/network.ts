/**
 * This device's settings of the network at work: sets the limits that hold now on all traffic, and lets it rest
 * while the network is metered, if a person wants that.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { NetworkApi, NetworkSettings } from '../../bridge/network-api.ts';
import type { Traffic } from '../connection/traffic.ts';
import type { Clock, NetworkInfo, NetworkStore } from '../ports.ts';
import { checkSettings, limitsAt } from './limit-schedule.ts';

const MINUTE_MS = 60_000;
const NO_LIMITS: NetworkSettings = { limits: {}, periods: [], pauseOnMetered: false };

export interface NetworkPorts {
  readonly clock: Clock;
  readonly network: NetworkStore;
  readonly networkInfo?: NetworkInfo;
}

/** What waits while traffic rests. */
interface NetworkUsers {
  /** Nothing goes for `reason`, or no longer. */
  hold(reason: HoldfastError | undefined): void;
}

export class Network implements NetworkApi {
  readonly #ports: NetworkPorts;
  readonly #traffic: Traffic;
  readonly #users: NetworkUsers;
  readonly #life = new AbortController();
  #settings = NO_LIMITS;

  constructor(ports: NetworkPorts, traffic: Traffic, users: NetworkUsers) {
    this.#ports = ports;
    this.#traffic = traffic;
    this.#users = users;
  }

  /** Takes the kept settings up, and follows clock and network until `stop`. */
  async start(): Promise<void> {
    const { network, networkInfo } = this.#ports;
    const unwatch = network.onChange(() => {
      // What can't be read leaves what holds now.
      this.#load().catch(() => undefined);
    });
    this.#life.signal.addEventListener('abort', unwatch);
    networkInfo?.onChange(() => {
      this.#apply();
    });
    await this.#load();
    void this.#follow();
  }

  stop(): void {
    this.#life.abort();
  }

  async networkSettings(): Promise<NetworkSettings> {
    return Promise.resolve(this.#settings);
  }

  async setNetworkSettings(settings: NetworkSettings): Promise<void> {
    checkSettings(settings);
    await this.#ports.network.save(settings);
    this.#settings = settings;
    this.#apply();
  }

  async #load(): Promise<void> {
    this.#settings = (await this.#ports.network.load()) ?? NO_LIMITS;
    this.#apply();
  }

  /** At each full minute: periods begin and end there, and clocks are set. */
  async #follow(): Promise<void> {
    const { clock } = this.#ports;
    for (;;) {
      const isOver = await clock.sleep(MINUTE_MS - (clock.nowMs() % MINUTE_MS), this.#life.signal).then(
        () => false,
        () => true,
      );
      if (isOver) return;
      this.#apply();
    }
  }

  #apply(): void {
    const { upload, download } = this.#traffic;
    const limits = limitsAt(this.#settings, new Date(this.#ports.clock.nowMs()));
    upload.set(limits.uploadBytesPerSecond);
    download.set(limits.downloadBytesPerSecond);
    this.#rest(this.#settings.pauseOnMetered && this.#ports.networkInfo?.isMetered() === true);
  }

  #rest(rests: boolean): void {
    if (rests) this.#traffic.gate.close();
    else this.#traffic.gate.open();
    this.#users.hold(rests ? new HoldfastError('metered') : undefined);
  }
}
