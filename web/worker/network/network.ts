/**
 * This device's settings of the network at work: sets the limits that hold now on all traffic, and lets it rest
 * while the network is metered, if a person wants that.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { NetworkApi, NetworkSettings } from '../../bridge/network-api.ts';
import type { Traffic } from '../connection/traffic.ts';
import type { JobList } from '../jobs/job-list.ts';
import type { Clock, NetworkInfo, NetworkStore } from '../ports.ts';
import { checkSettings, limitsAt } from './limit-schedule.ts';

const MINUTE_MS = 60_000;
const NO_LIMITS: NetworkSettings = { limits: {}, periods: [], pauseOnMetered: false };

export interface NetworkPorts {
  readonly clock: Clock;
  readonly network: NetworkStore;
  readonly networkInfo?: NetworkInfo;
}

export class Network implements NetworkApi {
  readonly #ports: NetworkPorts;
  readonly #traffic: Traffic;
  readonly #jobs: Pick<JobList, 'hold'>;
  readonly #life = new AbortController();
  #settings = NO_LIMITS;

  constructor(ports: NetworkPorts, traffic: Traffic, jobs: Pick<JobList, 'hold'>) {
    this.#ports = ports;
    this.#traffic = traffic;
    this.#jobs = jobs;
  }

  /** Takes the kept settings up, and follows clock and network until `stop`. */
  async start(): Promise<void> {
    this.#settings = (await this.#ports.network.load()) ?? NO_LIMITS;
    this.#ports.networkInfo?.onChange(() => {
      this.#apply();
    });
    this.#apply();
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

  /** At each full minute: periods begin and end there, and clocks are set. */
  async #follow(): Promise<void> {
    const { clock } = this.#ports;
    while (!this.#life.signal.aborted) {
      await clock.sleep(MINUTE_MS - (clock.nowMs() % MINUTE_MS), this.#life.signal).catch(() => undefined);
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
    this.#jobs.hold(rests ? new HoldfastError('metered') : undefined);
  }
}
