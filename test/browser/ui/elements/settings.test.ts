import { assert } from 'chai';
import type { LitElement } from 'lit';
import { ERRORS } from '../../../../shared/errors.ts';
import { mountApp } from '../../../../web/ui/shell.ts';
import { byTestId, deep, deepAll, hasTestId, textOf, type, unmountAll, until } from '../dom.ts';
import { FAKE_PASSWORD, FAKE_WORDS, fakeJob, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

async function open(hash: string, options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, hash, ...options });
  const app = mountApp(fake.model, document);
  await fake.model.start();
  await until(
    'the page',
    () => deepAll(app, '.page h1, .page > *').length > 0 && deepAll(app, 'h1').length > 0,
  );
  await Promise.all(
    deepAll<LitElement>(app, 'wa-input, wa-button, wa-select').map((element) => element.updateComplete),
  );
  return { app, ...fake };
}

describe('settings', () => {
  afterEach(unmountAll);

  it('change the password only with the current one', async () => {
    const { app, engine } = await open('#/settings');
    const form = deep(app, 'hf-change-password');
    type(byTestId(form, 'current-password'), 'wrong');
    type(byTestId(form, 'new-password'), 'another good password');
    await until('the button', () => byTestId(form, 'change-password')).then((button) => {
      button.click();
    });
    await until('the words', () => textOf(form).includes(ERRORS['sign-in-failed'].words));
    type(byTestId(form, 'current-password'), FAKE_PASSWORD);
    byTestId(form, 'change-password').click();
    await until('the toast', () => textOf(app).includes('The password is changed'));
    assert.deepEqual(engine.callsOf('changePassword').at(-1), {
      currentPassword: FAKE_PASSWORD,
      newPassword: 'another good password',
    });
    await until(
      'the fields to be empty',
      () => byTestId<HTMLInputElement>(form, 'current-password').value === '',
    );
  });

  it('make a new recovery key, whose words are asked for', async () => {
    const { app, engine } = await open('#/settings');
    const part = deep(app, 'hf-new-recovery-key');
    type(byTestId(part, 'recovery-current-password'), FAKE_PASSWORD);
    await deep<LitElement>(part, 'wa-input').updateComplete;
    byTestId(part, 'new-recovery-key').click();
    (await until('the words', () => byTestId(part, 'words-kept'))).click();
    for (const position of [1, 9, 24])
      type(
        await until('the question', () => byTestId(part, `recovery-answer-${position}`)),
        FAKE_WORDS[position - 1] ?? '',
      );
    await Promise.all(deepAll<LitElement>(part, 'wa-input').map((element) => element.updateComplete));
    byTestId(part, 'confirm-words').click();
    await until('the toast', () => textOf(app).includes('The new recovery key is in use'));
    assert.equal(engine.callsOf('confirmRecoveryKey').length, 1);
  });

  it('make an invitation link for administrators, with the token after the #', async () => {
    const { app } = await open('#/settings');
    byTestId(app, 'create-invite').click();
    const link = await until('the link', () => byTestId<HTMLInputElement>(app, 'invite-link'));
    await until('its text', () => link.value.endsWith('#/invite/kq3vJ8zXw0aTn5uYbC2dLrPm'));
  });

  it('show no invitations to those who may not make them', async () => {
    const { app } = await open('#/settings', {
      session: { kind: 'signed-in', accountName: 'kim', role: 'user' },
    });
    await until('the page', () => textOf(app).includes('Signed in as kim.'));
    assert.isFalse(hasTestId(app, 'create-invite'));
  });

  it('tell how the server is', async () => {
    const { app } = await open('#/settings');
    await until('the numbers', () => textOf(app).includes('48.2 GB') && textOf(app).includes('41,207'));
  });

  it('ask before signing out, and name a job that would stop', async () => {
    const { app, engine, model } = await open('#/settings');
    engine.emit({ type: 'job', job: fakeJob() });
    byTestId(app, 'sign-out').click();
    await until('the question', () => textOf(byTestId(app, 'confirm-dialog')).includes('still running'));
    byTestId(app, 'confirm-yes').click();
    await until('the end of the session', () => !model.session.isSignedIn);
  });

  it('switch the theme at once, and remember it', async () => {
    const storage = new Map<string, string>();
    const { app, model } = await open('#/settings', { storage });
    model.preferences.change({ theme: 'light' });
    const ground = () => getComputedStyle(document.documentElement).getPropertyValue('color-scheme');
    assert.equal(ground(), 'light');
    const group = byTestId<HTMLElement & { value: string }>(app, 'theme-choice');
    group.value = 'dark';
    group.dispatchEvent(new Event('change', { bubbles: true }));
    assert.equal(ground(), 'dark');
    assert.include([...storage.values()].join(), '"theme":"dark"');
  });

  it('say whether the browser may drop what it stores, and ask it not to', async () => {
    const { app } = await open('#/settings', { installable: true });
    await until('the words', () => textOf(byTestId(app, 'device-storage')).includes('may drop it'));
    assert.isTrue(hasTestId(app, 'install'));
    byTestId(app, 'persist').click();
    await until('the other words', () => textOf(byTestId(app, 'device-storage')).includes('keeps it'));
  });
});

describe('the log view', () => {
  afterEach(unmountAll);

  it('filters by level and text', async () => {
    const { app, engine } = await open('#/log');
    engine.emit({ type: 'log', line: { atMs: 1, level: 'info', text: 'Connected' } });
    engine.emit({ type: 'log', line: { atMs: 2, level: 'error', text: 'The server stopped' } });
    await until('the lines', () => deepAll(app, '[data-testid="log-lines"] p').length === 2);
    type(byTestId(app, 'log-search'), 'STOPPED');
    await until('one line', () => deepAll(app, '[data-testid="log-lines"] p').length === 1);
    const level = byTestId<HTMLElement & { value: string }>(app, 'log-level');
    level.value = 'info';
    level.dispatchEvent(new Event('change', { bubbles: true }));
    await until('none', () => textOf(app).includes('No line matches'));
  });

  it('follows new lines, until told not to', async () => {
    const { app, engine } = await open('#/log');
    const add = (count: number) => {
      for (let i = 0; i < count; i++)
        engine.emit({ type: 'log', line: { atMs: i, level: 'info', text: `line ${i}` } });
    };
    add(200);
    const lines = await until('the lines', () => byTestId(app, 'log-lines'));
    const atEnd = () => lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 2;
    await until('its end', atEnd);
    const follow = byTestId<HTMLElement & { checked: boolean }>(app, 'log-follow');
    follow.checked = false;
    follow.dispatchEvent(new Event('change', { bubbles: true }));
    add(100);
    await until('the new lines', () => textOf(app).includes('300 lines'));
    assert.isFalse(atEnd());
  });
});

describe('leaving the page', () => {
  afterEach(unmountAll);

  it('is warned of while a backup runs, and not otherwise', async () => {
    const { engine } = await open('#/backup');
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      globalThis.dispatchEvent(event);
      return event.defaultPrevented;
    };
    engine.emit({ type: 'job', job: fakeJob() });
    assert.isTrue(leave());
    engine.emit({ type: 'job', job: fakeJob({ phase: 'done' }) });
    assert.isFalse(leave());
  });

  it('offer a reminder of overdue backups where the browser can, and say when it may not', async () => {
    const without = await open('#/settings');
    await until('the device', () => hasTestId(without.app, 'device-storage'));
    assert.isFalse(hasTestId(without.app, 'reminder'));
    unmountAll();
    const { app, model } = await open('#/settings', { reminder: 'off' });
    const reminder = await until('the switch', () => byTestId<HTMLInputElement>(app, 'reminder'));
    reminder.checked = true;
    reminder.dispatchEvent(new Event('change', { bubbles: true }));
    await until('it to be on', () => model.reminders.state.value === 'on');
    unmountAll();
    const blocked = await open('#/settings', { reminder: 'blocked' });
    await until('the words', () => textOf(blocked.app).includes('The browser does not allow it'));
  });

  it('tell of trash, garbage and damage on the server', async () => {
    const { app } = await open('#/settings');
    for (const words of ['1.3 GB', 'In the trash', 'yesterday', 'Nothing is known to be damaged'])
      await until(words, () => textOf(deep(app, 'hf-server-status')).includes(words));
  });
});
