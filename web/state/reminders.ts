/** Whether the device reminds of overdue backups, and from when on one is overdue. */
import type { ReminderControl, ReminderState } from '../bridge/reminders.ts';
import type { SourceInfo } from '../bridge/sources-api.ts';
import { Value, type Observable } from './observable.ts';
import type { SourcesStore } from './sources-store.ts';

export type { ReminderState } from '../bridge/reminders.ts';

const DAY_MS = 86_400_000;
/** A device that was off overnight is no reason for a reminder. */
const GRACE_MS = DAY_MS;
/** Sources without a schedule: a week without a backup is long. */
const UNSCHEDULED_MS = 7 * DAY_MS;

/** From when on the first of `sources` is overdue; undefined if none can be. */
export function overdueFrom(sources: readonly SourceInfo[]): number | undefined {
  const times = sources.flatMap(({ access, nextBackupAtMs, lastBackupAtMs }) => {
    // What was never backed up from here is not this device's to do.
    if (access === 'pick') return [];
    if (nextBackupAtMs !== undefined) return [nextBackupAtMs + GRACE_MS];
    return lastBackupAtMs === undefined ? [] : [lastBackupAtMs + UNSCHEDULED_MS];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

export class Reminders {
  readonly #control: ReminderControl;
  readonly #state = new Value<ReminderState>('unsupported');
  #told: number | undefined;

  /** `onFailed` hears of what only matters to the log. */
  constructor(control: ReminderControl, sources: SourcesStore, onFailed: (text: string) => void) {
    this.#control = control;
    sources.list.subscribe(() => {
      if (sources.list.value.kind !== 'ready') return;
      this.#tell(overdueFrom(sources.list.value.sources)).catch((error: unknown) => {
        onFailed(`The reminder can’t be set: ${String(error)}`);
      });
    });
  }

  get state(): Observable<ReminderState> {
    return this.#state;
  }

  async refresh(): Promise<void> {
    this.#state.set(await this.#control.read());
  }

  /** Asks the browser. Call it from a click. */
  async turnOn(): Promise<void> {
    this.#state.set(await this.#control.turnOn());
  }

  async turnOff(): Promise<void> {
    this.#state.set(await this.#control.turnOff());
  }

  /** Nobody is signed in any more: nothing is overdue. */
  forget(): Promise<void> {
    return this.#tell(undefined);
  }

  async #tell(overdueAtMs: number | undefined): Promise<void> {
    if (overdueAtMs === this.#told) return;
    this.#told = overdueAtMs;
    await this.#control.remindFrom(overdueAtMs);
  }
}
