import { assert } from 'chai';
import { isReminderRequest, Reminder } from '../../../../web/sw/reminder.ts';

const NOW_MS = 1_800_000_000_000;

function reminder() {
  const shown: string[] = [];
  const opened: string[] = [];
  const focused: string[] = [];
  const windows: { focus(): Promise<unknown> }[] = [];
  const made = new Reminder({
    registration: {
      scope: 'https://backup.example/',
      showNotification: (title) => Promise.resolve(void shown.push(title)),
    },
    clients: {
      matchAll: () => Promise.resolve(windows),
      openWindow: (url) => {
        opened.push(url);
        return Promise.resolve();
      },
    },
    indexedDB,
    nowMs: () => NOW_MS,
  });
  const openTab = (): void => {
    windows.push({ focus: () => Promise.resolve(focused.push('tab')) });
  };
  return { made, shown, opened, focused, openTab };
}

function wake(tag = 'holdfast-reminder'): Event {
  return Object.assign(new Event('periodicsync'), { tag });
}

async function remindFrom(made: Reminder, overdueAtMs: number): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      resolve(data);
    };
  });
  await made.remindFrom({ type: 'remind-from', overdueAtMs }, port2);
  return answer;
}

describe('the service worker’s reminder', () => {
  it('is shown when a backup is overdue, not before, and not for other wake-ups', async () => {
    const { made, shown } = reminder();
    assert.deepEqual(await remindFrom(made, NOW_MS + 1), { noted: true });
    await made.onPeriodicSync(wake());
    assert.isEmpty(shown);
    await remindFrom(made, NOW_MS);
    await made.onPeriodicSync(wake('something-else'));
    assert.isEmpty(shown);
    await made.onPeriodicSync(wake());
    assert.deepEqual(shown, ['A backup is overdue']);
  });

  it('is never shown when nothing can be overdue', async () => {
    const { made, shown } = reminder();
    await remindFrom(made, 0);
    await made.onPeriodicSync(wake());
    assert.isEmpty(shown);
  });

  it('says when the device keeps nothing', async () => {
    const refusing = {
      open: () => {
        throw new DOMException('no', 'SecurityError');
      },
    } as unknown as IDBFactory;
    const made = new Reminder({
      registration: { scope: 'https://x/', showNotification: () => Promise.resolve() },
      clients: { matchAll: () => Promise.resolve([]), openWindow: () => Promise.resolve(null) },
      indexedDB: refusing,
      nowMs: () => NOW_MS,
    });
    assert.deepEqual(await remindFrom(made, 1), { noted: false });
  });

  it('opens the app, or shows the window that is open', async () => {
    const { made, opened, focused, openTab } = reminder();
    let closed = 0;
    const close = (): void => {
      closed++;
    };
    const notification = { tag: 'holdfast-reminder', close };
    await made.onClick({ ...notification, tag: 'another' });
    assert.isEmpty(opened);
    await made.onClick(notification);
    assert.deepEqual(opened, ['https://backup.example/#/backup']);
    openTab();
    await made.onClick(notification);
    assert.deepEqual(focused, ['tab']);
    assert.equal(closed, 2);
  });

  it('knows its messages from the others', () => {
    assert.isTrue(isReminderRequest({ type: 'remind-from' }));
    assert.isFalse(isReminderRequest({ type: 'skip-waiting' }));
  });
});
