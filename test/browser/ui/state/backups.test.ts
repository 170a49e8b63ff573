import { assert } from 'chai';
import { fakeModel, FULL } from '../fake-model.ts';
import { SIGNED_IN } from '../fake-engine.ts';

const files = [{ path: ['a.txt'], file: new File(['a'], 'a.txt') }];
const source = {
  sourceName: 'Photos',
  picked: { kind: 'files', files, folders: [] },
  unreadable: [],
} as const;

describe('starting a backup', () => {
  it('gives the engine the source as it was picked', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    await model.backups.start(source);
    const options = { rules: [], mode: 'incremental', compress: true };
    assert.deepEqual(engine.callsOf('backUp'), [{ sourceName: 'Photos', picked: source.picked, ...options }]);
  });

  it('follows the options that the person chose', async () => {
    const { model, engine } = fakeModel({ session: SIGNED_IN });
    const backupRulesText = 'node_modules/\n\n# a comment\n  \n*.tmp';
    model.preferences.change({ backupRulesText, backupFull: true, backupCompress: false });
    await model.backups.start(source);
    const options = { rules: ['node_modules/', '*.tmp'], mode: 'full', compress: false };
    assert.deepEqual(engine.callsOf('backUp'), [{ sourceName: 'Photos', picked: source.picked, ...options }]);
  });

  it('does not fail because the browser can’t remember the source', async () => {
    const { model } = fakeModel({ session: SIGNED_IN, recents: FULL });
    await model.backups.start(source);
    assert.equal(model.log.lines.value.at(-1)?.level, 'warn');
  });

  it('asks the browser once to keep its storage', async () => {
    const storage = new Map<string, string>();
    const { model } = fakeModel({ session: SIGNED_IN, storage });
    await model.backups.start(source);
    assert.isTrue(storage.delete('persisted'));
    await model.backups.start(source);
    assert.isFalse(storage.has('persisted'));
  });

  it('puts the source among the recent ones', async () => {
    const { model } = fakeModel({ session: SIGNED_IN, recents: [{ sourceName: 'Thesis', lastUsedMs: 1 }] });
    await model.backups.start(source);
    assert.deepEqual(
      model.backups.recent.value.map(({ sourceName }) => sourceName),
      ['Photos', 'Thesis'],
    );
  });

  it('opens a remembered folder again only with the browser’s permission', async () => {
    const { model } = fakeModel();
    const handle = (permission: PermissionState) =>
      ({
        name: 'Photos',
        kind: 'directory',
        requestPermission: () => Promise.resolve(permission),
      }) as unknown as FileSystemDirectoryHandle;
    const recent = { sourceName: 'Photos', lastUsedMs: 1 };
    assert.isUndefined(await model.backups.reopen(recent));
    assert.isUndefined(await model.backups.reopen({ ...recent, handle: handle('denied') }));
    const reopened = await model.backups.reopen({ ...recent, handle: handle('granted') });
    assert.equal(reopened?.picked.kind, 'handle');
  });
});
