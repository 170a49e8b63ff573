/** What the page may ask of the engine about the network. Types only; they cross the thread by structured clone. */

/** In bytes per second, at least 1,024; absent: no limit. */
export interface RateLimits {
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
}

/** A time of the week, by this device's clock and zone, in which other limits hold. */
export interface LimitPeriod {
  /** The days on which it begins: 0 is Sunday, 6 Saturday. */
  readonly weekdays: readonly number[];
  /** Minutes after midnight, from 0 to 1,439. `toMinute` at or before `fromMinute` is on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly limits: RateLimits;
}

export interface NetworkSettings {
  readonly limits: RateLimits;
  /** The first that holds takes the place of `limits`. */
  readonly periods: readonly LimitPeriod[];
  /**
   * Whether jobs wait (phase `waiting`, problem `metered`) while the browser says that the network is metered or
   * that data is to be saved. Browsers that say nothing are taken for unmetered.
   */
  readonly pauseOnMetered: boolean;
}

export interface NetworkApi {
  /** This device's; without limits until others are set. */
  networkSettings(): Promise<NetworkSettings>;
  /** Holds at once, for transfers under way, too, and is kept on this device. Throws `internal` if out of bounds. */
  setNetworkSettings(settings: NetworkSettings): Promise<void>;
}
