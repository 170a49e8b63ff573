import { assert } from 'chai';
import type { LitElement } from 'lit';
import { ERRORS } from '../../../../shared/errors.ts';
import type { BackupRequest } from '../../../../web/bridge/engine-api.ts';
import type { SourceSettings } from '../../../../web/bridge/sources-api.ts';
import '../../../../web/ui/components/hf-confirm-dialog.ts';
import '../../../../web/ui/pages/hf-page-backup.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, type, unmountAll, until } from '../dom.ts';
import { fakeSnapshots, fakeSource, fakeSourceId, fakeSources, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';
import { choose } from '../menu.ts';

async function open(options: FakeModelOptions = {}) {
  const all = { session: SIGNED_IN, snapshots: fakeSnapshots(), sources: fakeSources(), ...options };
  const fake = fakeModel(all);
  await fake.model.start();
  const page = document.createElement('hf-page-backup');
  page.model = fake.model;
  await mount(page);
  const dialog = document.createElement('hf-confirm-dialog');
  dialog.model = fake.model;
  await mount(dialog);
  if (all.sources.length > 0) await until('the sources', () => hasTestId(page, 'source'));
  return { page, dialog, ...fake };
}

/** A remembered folder, and what the person answers when the browser asks. */
function handle(permission: PermissionState): FileSystemDirectoryHandle {
  return {
    kind: 'directory',
    name: 'Documents',
    requestPermission: () => Promise.resolve(permission),
  } as unknown as FileSystemDirectoryHandle;
}

function card(root: Element, name: string): HTMLElement {
  return deep(root, `[data-testid="source"][data-name="${name}"]`);
}

async function openSettings(page: Element, name: string): Promise<HTMLElement> {
  choose(byTestId(card(page, name), 'source-menu'), 'settings');
  const dialog = await until('the dialog', () => byTestId(page, 'source-settings'));
  await until('its form', () => hasTestId(dialog, 'source-name'));
  return dialog;
}

function select(root: Element, testId: string, value: string): void {
  const control = byTestId<HTMLInputElement>(root, testId);
  control.value = value;
  control.dispatchEvent(new Event('change', { bubbles: true, composed: true }));
}

function saved(fake: { readonly engine: { callsOf(method: 'saveSource'): readonly unknown[] } }) {
  return fake.engine.callsOf('saveSource').at(-1) as { name: string; settings: SourceSettings };
}

describe('the sources', () => {
  afterEach(unmountAll);

  it('tell when each was and will be backed up, and what it needs', async () => {
    const { page } = await open();
    assert.include(textOf(card(page, 'Photos')), 'Backed up 2 hours ago');
    assert.include(textOf(card(page, 'Photos')), 'Next in 6 hours');
    assert.include(textOf(card(page, 'Photos')), 'Every day at 20:30');
    assert.include(textOf(card(page, 'Photos')), 'Keeps 3 newest, 7 daily, 5 weekly, 12 monthly');
    assert.include(textOf(card(page, 'Documents')), 'Needs your permission');
    assert.include(textOf(card(page, 'Thesis')), 'Not remembered on this device');
  });

  it('are backed up by one click, without asking where the folder may be read', async () => {
    const { page, engine } = await open({ handle: handle('denied') });
    byTestId(card(page, 'Photos'), 'source-back-up').click();
    await until('the backup', () => engine.callsOf('backUpSource').length === 1);
    assert.deepEqual(engine.callsOf('backUpSource')[0], {
      sourceId: fakeSourceId('Photos'),
      mode: 'incremental',
    });
    await until('its job', () => hasTestId(page, 'job'));
  });

  it('are backed up in the chosen mode', async () => {
    const { page, engine } = await open();
    for (const mode of ['full', 'differential']) choose(byTestId(card(page, 'Photos'), 'source-menu'), mode);
    await until('the backup', () => engine.callsOf('backUpSource').length > 0);
    assert.deepInclude(engine.callsOf('backUpSource')[0], { mode: 'full' });
  });

  it('get permission and a backup by the same click, and say so when it is refused', async () => {
    const granted = await open({ handle: handle('granted') });
    byTestId(card(granted.page, 'Documents'), 'source-back-up').click();
    await until('the backup', () => granted.engine.callsOf('backUpSource').length === 1);
    unmountAll();
    const refused = await open({ handle: handle('denied') });
    byTestId(card(refused.page, 'Documents'), 'source-back-up').click();
    await until('the words', () =>
      textOf(card(refused.page, 'Documents')).includes(ERRORS['permission-needed'].words),
    );
    assert.isEmpty(refused.engine.callsOf('backUpSource'));
  });

  it('show why the last scheduled backup did not run', async () => {
    const problem = { code: 'permission-needed', words: 'Needs a click.', action: 'ask' } as const;
    const { page } = await open({ sources: [fakeSource('Music', { problem })] });
    assert.include(textOf(card(page, 'Music')), 'Needs a click.');
  });

  it('are forgotten on this device only after the person agreed', async () => {
    const { page, dialog, engine } = await open();
    choose(byTestId(card(page, 'Photos'), 'source-menu'), 'forget');
    (await until('the question', () => byTestId(dialog, 'confirm-yes'))).click();
    await until('the change', () => card(page, 'Photos').dataset.access === 'pick');
    assert.deepEqual(engine.callsOf('forgetSource'), [fakeSourceId('Photos')]);
  });

  it('lead to their history', async () => {
    const { page, model } = await open();
    choose(byTestId(card(page, 'Thesis'), 'source-menu'), 'history');
    assert.deepEqual(model.router.route.value, { page: 'snapshots', sourceId: fakeSourceId('Thesis') });
  });
});

describe('the settings of a source', () => {
  afterEach(unmountAll);

  it('offer common rules, count live what is left out, and are saved', async () => {
    const fake = await open({ handle: handle('granted') });
    const dialog = await openSettings(fake.page, 'Photos');
    await until('the count', () => textOf(byTestId(dialog, 'rules-count')).includes('Leaves out 2 folders'));
    const [clutter] = deepAll(dialog, '[data-testid="rule-set"]');
    clutter?.click();
    await until('the new count', () =>
      textOf(byTestId(dialog, 'rules-count')).includes('Leaves out 8 folders'),
    );
    assert.equal(clutter?.getAttribute('aria-pressed'), 'true');
    byTestId(dialog, 'settings-save').click();
    await until('the dialog to close', () => !byTestId(fake.page, 'source-settings').hasAttribute('open'));
    assert.include(saved(fake).settings.rules, '.DS_Store');
    assert.include(saved(fake).settings.rules, '*.tmp');
  });

  it('count nothing where the folder may not be read, until the person allows it', async () => {
    const { page, engine } = await open({ handle: handle('granted') });
    const dialog = await openSettings(page, 'Documents');
    assert.isFalse(hasTestId(dialog, 'rules-count'));
    assert.isEmpty(engine.callsOf('countRules'));
    byTestId(dialog, 'count-rules').click();
    await until('the count', () => textOf(byTestId(dialog, 'rules-count')).includes('Nothing is left out'));
  });

  it('name the schedule, with its time, and offer watching only where the browser can', async () => {
    const fake = await open();
    const dialog = await openSettings(fake.page, 'Thesis');
    assert.isEmpty(deepAll(dialog, 'wa-option[value="on-change"]'));
    select(dialog, 'schedule-kind', 'daily');
    const time = await until('the time', () => byTestId<HTMLInputElement>(dialog, 'schedule-time'));
    time.value = '06:45';
    time.dispatchEvent(new Event('change', { bubbles: true }));
    byTestId(dialog, 'settings-save').click();
    await until('the save', () => fake.engine.callsOf('saveSource').length === 1);
    assert.deepEqual(saved(fake).settings.schedule, { kind: 'daily', minuteOfDay: 405 });
    unmountAll();
    const watched = await open();
    assert.isNotEmpty(deepAll(await openSettings(watched.page, 'Documents'), 'wa-option[value="on-change"]'));
  });

  it('show what a policy would move to the trash before it is saved, and move it only when asked', async () => {
    const fake = await open();
    const dialog = await openSettings(fake.page, 'Photos');
    await until('the preview', () => byTestId(dialog, 'retention-preview').dataset.removes === '3');
    type(await until('the numbers', () => byTestId(dialog, 'keep-last')), '1');
    await until('the new preview', () => byTestId(dialog, 'retention-preview').dataset.removes === '5');
    assert.include(textOf(byTestId(dialog, 'retention-preview')), '5 would go to the trash');
    byTestId(dialog, 'settings-save').click();
    const yes = await until('the question', () => byTestId(fake.dialog, 'confirm-yes'));
    assert.isEmpty(fake.engine.callsOf('applyRetention'));
    yes.click();
    await until('the removal', () => fake.engine.callsOf('applyRetention').length === 1);
    await until('the toast', () => fake.model.notices.toasts.value[0]?.text.includes('5 snapshots'));
  });

  it('keep everything by default, and thin out by a choice', async () => {
    const fake = await open();
    const dialog = await openSettings(fake.page, 'Documents');
    assert.equal(byTestId<HTMLInputElement>(dialog, 'retention-choice').value, 'all');
    select(dialog, 'retention-choice', 'month');
    byTestId(dialog, 'settings-save').click();
    await until('the save', () => fake.engine.callsOf('saveSource').length === 1);
    assert.deepInclude(saved(fake).settings.retention, { daily: 7, weekly: 4, monthly: 6 });
  });

  it('change the name, compression and chunk size', async () => {
    const fake = await open();
    const dialog = await openSettings(fake.page, 'Documents');
    type(byTestId(dialog, 'source-name'), '  Papers ');
    for (const [testId, on] of [
      ['source-compress', false],
      ['source-fixed', true],
    ] as const) {
      const control = byTestId<HTMLInputElement>(dialog, testId);
      control.checked = on;
      control.dispatchEvent(new Event('change', { bubbles: true }));
    }
    byTestId(dialog, 'settings-save').click();
    await until('the save', () => fake.engine.callsOf('saveSource').length === 1);
    assert.equal(saved(fake).name, 'Papers');
    assert.include(saved(fake).settings, { compress: false, fixedSize: true });
  });

  it('stay open and say why they could not be saved', async () => {
    const { page, engine } = await open();
    const dialog = await openSettings(page, 'Documents');
    engine.failures.set('saveSource', 'device-full');
    byTestId(dialog, 'settings-save').click();
    await until('the words', () => textOf(dialog).includes(ERRORS['device-full'].words));
    assert.isTrue(dialog.hasAttribute('open'));
  });
});

describe('what is picked', () => {
  afterEach(unmountAll);

  async function pick(page: LitElement, name: string): Promise<void> {
    const files = [{ path: ['a.txt'], file: new File(['a'], 'a.txt') }];
    deep(page, 'hf-drop-zone').dispatchEvent(
      new CustomEvent('hf-source-picked', {
        detail: { sourceName: name, picked: { kind: 'files', files, folders: [] }, unreadable: [] },
      }),
    );
    await page.updateComplete;
  }

  it('is compared with the known sources, and asked about where it looks like another', async () => {
    const matches = [{ sourceId: fakeSourceId('Documents'), likeness: 0.83 }];
    const { page, engine } = await open({ matches });
    await pick(page, 'Old papers');
    const match = await until('the question', () => byTestId(page, 'match'));
    assert.include(textOf(match), 'It looks like “ Documents ”');
    assert.include(textOf(match), '83 %');
    match.click();
    await until('the backup', () => engine.callsOf('backUp').length === 1);
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.include(request, { sourceName: 'Documents', sourceId: fakeSourceId('Documents') });
  });

  it('becomes a new source where the person says so, and nothing where they close the question', async () => {
    const matches = [{ sourceId: fakeSourceId('Documents'), likeness: 0.83 }];
    const { page, engine } = await open({ matches });
    await pick(page, 'Old papers');
    await until('the question', () => hasTestId(page, 'match'));
    deep<HTMLElement & { open: boolean }>(page, '[data-testid="source-match"]').open = false;
    await until('the question to go', () => !byTestId(page, 'source-match').hasAttribute('open'));
    await pick(page, 'Old papers');
    await until('the question again', () => byTestId(page, 'source-match').hasAttribute('open'));
    byTestId(page, 'match-new').click();
    await until('the backup', () => engine.callsOf('backUp').length === 1);
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.equal(request?.sourceName, 'Old papers');
    assert.notProperty(request, 'sourceId');
  });

  it('is backed up at once where name and content say which source it is', async () => {
    const matches = [{ sourceId: fakeSourceId('Photos'), likeness: 0.97 }];
    const { page, engine } = await open({ matches });
    await pick(page, 'Photos');
    await until('the backup', () => engine.callsOf('backUp').length === 1);
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.equal(request?.sourceId, fakeSourceId('Photos'));
  });
});
