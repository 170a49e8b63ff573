import { assert } from 'chai';
import type { ReminderAnswer, ReminderRequest } from '../../../../web/bridge/reminder-api.ts';
import { createReminders } from '../../../../web/bridge/reminders.ts';

interface Browser {
  readonly permission: NotificationPermission;
  /** What the person answers when asked. */
  readonly answer: NotificationPermission;
  /** Whether the browser has Periodic Background Sync at all. */
  readonly hasSync: boolean;
  /** Whether it lets this app use it. */
  readonly allows: boolean;
}

const WILLING: Browser = { permission: 'default', answer: 'granted', hasSync: true, allows: true };

function reminders(changes: Partial<Browser> = {}) {
  const { permission, answer, hasSync, allows } = { ...WILLING, ...changes };
  const tags = new Set<string>();
  const told: ReminderRequest[] = [];
  const asked: string[] = [];
  const notification = {
    permission,
    requestPermission: () => {
      asked.push('permission');
      notification.permission = answer;
      return Promise.resolve(answer);
    },
  };
  const periodicSync = {
    register: (tag: string) => {
      asked.push('register');
      if (!allows) return Promise.reject(new DOMException('not installed', 'NotAllowedError'));
      tags.add(tag);
      return Promise.resolve();
    },
    unregister: (tag: string) => Promise.resolve(void tags.delete(tag)),
    getTags: () => Promise.resolve([...tags]),
  };
  const active = {
    postMessage: (request: ReminderRequest, [port]: readonly MessagePort[]) => {
      told.push(request);
      port?.postMessage({ noted: true } satisfies ReminderAnswer);
    },
  };
  const registration = (hasSync
    ? { active, periodicSync }
    : { active }) as unknown as ServiceWorkerRegistration;
  const control = createReminders({ notification, registration: () => Promise.resolve(registration) });
  return { control, told, asked };
}

describe('reminders', () => {
  it('are on once the person and the browser agree, and off again', async () => {
    const { control, asked } = reminders();
    assert.equal(await control.read(), 'off');
    assert.equal(await control.turnOn(), 'on');
    assert.deepEqual(asked, ['permission', 'register'], 'the click counts for the question first');
    assert.equal(await control.read(), 'on');
    assert.equal(await control.turnOff(), 'off');
  });

  it('say when the person or the browser refuses', async () => {
    assert.equal(await reminders({ answer: 'denied' }).control.turnOn(), 'blocked');
    assert.equal(await reminders({ allows: false }).control.turnOn(), 'blocked');
    assert.equal(await reminders({ permission: 'denied' }).control.read(), 'blocked');
    assert.equal(await reminders({ answer: 'default' }).control.turnOn(), 'off');
  });

  it('are not offered where the browser has no such thing', async () => {
    assert.equal(await reminders({ hasSync: false }).control.read(), 'unsupported');
    const nothing = { notification: undefined, registration: () => Promise.resolve(undefined) };
    assert.equal(await createReminders(nothing).read(), 'unsupported');
    await createReminders(nothing).remindFrom(1);
  });

  it('tell the service worker from when on, and nothing else', async () => {
    const { control, told } = reminders();
    await control.remindFrom(1_700_000_000_000);
    await control.remindFrom(undefined);
    assert.deepEqual(told, [
      { type: 'remind-from', overdueAtMs: 1_700_000_000_000 },
      { type: 'remind-from', overdueAtMs: 0 },
    ]);
  });
});
