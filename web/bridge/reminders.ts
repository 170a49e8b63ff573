/**
 * Reminders of overdue backups while the app is closed: the browser wakes the service worker now and then
 * (Periodic Background Sync, in installed apps of Chromium), which shows a notification.
 */
import type { ReminderAnswer, ReminderRequest, ReminderTag } from './reminder-api.ts';

/** `blocked`: the browser has it but was told not to. */
export type ReminderState = 'unsupported' | 'blocked' | 'off' | 'on';

export interface ReminderControl {
  read(): Promise<ReminderState>;
  /** Asks the browser for what it needs. Call it from a click. */
  turnOn(): Promise<ReminderState>;
  turnOff(): Promise<ReminderState>;
  /** From when on a backup is overdue; undefined for never. */
  remindFrom(overdueAtMs: number | undefined): Promise<void>;
}

interface PeriodicSync {
  register(tag: ReminderTag, options: { readonly minInterval: number }): Promise<void>;
  unregister(tag: ReminderTag): Promise<void>;
  getTags(): Promise<readonly string[]>;
}

/** The parts of the browser that are needed. */
export interface ReminderBrowser {
  readonly notification: Pick<typeof Notification, 'permission' | 'requestPermission'> | undefined;
  /** The registration of the service worker once it is active; undefined where there is none. */
  readonly registration: () => Promise<ServiceWorkerRegistration | undefined>;
}

const TAG: ReminderTag = 'holdfast-reminder';
const AT_MOST_EVERY_MS = 12 * 3_600_000;

export function createReminders(browser: ReminderBrowser): ReminderControl {
  const sync = async (): Promise<PeriodicSync | undefined> =>
    browser.notification === undefined ? undefined : periodicSyncOf(await browser.registration());

  const read = async (): Promise<ReminderState> => {
    const periodic = await sync();
    return periodic === undefined ? 'unsupported' : stateOf(periodic, browser.notification?.permission);
  };

  return {
    read,
    async turnOn() {
      // First of all: the click counts for a moment only.
      const permission = await browser.notification?.requestPermission();
      const periodic = await sync();
      if (permission !== 'granted' || periodic === undefined) return read();
      return (await isRegistered(periodic)) ? 'on' : 'blocked';
    },
    async turnOff() {
      await (await sync())?.unregister(TAG);
      return read();
    },
    async remindFrom(overdueAtMs) {
      const registration = await browser.registration();
      const worker = registration?.active ?? undefined;
      if (worker === undefined) return;
      await tell(worker, { type: 'remind-from', overdueAtMs: overdueAtMs ?? 0 });
    },
  };
}

function periodicSyncOf(registration: ServiceWorkerRegistration | undefined): PeriodicSync | undefined {
  return registration === undefined || !('periodicSync' in registration)
    ? undefined
    : (registration.periodicSync as PeriodicSync);
}

async function stateOf(
  periodic: PeriodicSync,
  permission: NotificationPermission | undefined,
): Promise<ReminderState> {
  if (permission === 'denied') return 'blocked';
  const tags = await periodic.getTags();
  return tags.includes(TAG) && permission === 'granted' ? 'on' : 'off';
}

/** Browsers refuse it to apps that aren't installed. */
async function isRegistered(periodic: PeriodicSync): Promise<boolean> {
  try {
    await periodic.register(TAG, { minInterval: AT_MOST_EVERY_MS });
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

function tell(worker: ServiceWorker, request: ReminderRequest): Promise<ReminderAnswer> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = (event: MessageEvent<ReminderAnswer>) => {
      port1.close();
      resolve(event.data);
    };
    worker.postMessage(request, [port2]);
  });
}
