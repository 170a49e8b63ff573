/** What the page tells the service worker about reminders. Types only. */

/** Page -> service worker: from when on a backup is overdue; 0 for never. Comes with a port for the answer. */
export interface ReminderRequest {
  readonly type: 'remind-from';
  readonly overdueAtMs: number;
}

/** Service worker -> page, on the port: it is noted, as far as the device let it. */
export interface ReminderAnswer {
  readonly noted: boolean;
}

/** The tag under which the browser wakes the service worker now and then. */
export type ReminderTag = 'holdfast-reminder';
