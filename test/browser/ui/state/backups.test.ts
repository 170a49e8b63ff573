import { assert } from 'chai';
import type { BackupRequest } from '../../../../web/bridge/engine-api.ts';
import type { NamedSource } from '../../../../web/bridge/pick.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';
import { fakeSourceId, fakeSources, SIGNED_IN } from '../fake-engine.ts';

const files = [{ path: ['a.txt'], file: new File(['a'], 'a.txt') }];
const source = {
  sourceName: 'Photos',
  picked: { kind: 'files', files, folders: [] },
  unreadable: [],
} as const;

const folder: NamedSource = {
  sourceName: 'Photos',
  // The fake engine never looks into it.
  picked: { kind: 'handle', handle: { kind: 'directory', name: 'Photos' } as FileSystemDirectoryHandle },
  unreadable: [],
};

async function started(options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, ...options });
  await fake.model.start();
  await fake.model.sources.refresh();
  return fake;
}

describe('starting a backup', () => {
  it('gives the engine the source as it was picked', async () => {
    const { model, engine } = await started();
    await model.backups.start(source);
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.include(request, { sourceName: 'Photos', picked: source.picked, mode: 'incremental' });
    assert.deepEqual(request?.settings?.rules, []);
    assert.notProperty(request, 'sourceId');
  });

  it('follows the options that the person chose, for a new source', async () => {
    const { model, engine } = await started();
    const backupRulesText = 'node_modules/\n\n# a comment\n  \n*.tmp';
    model.preferences.change({ backupRulesText, backupMode: 'full', backupCompress: false });
    await model.backups.start(source);
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.equal(request?.mode, 'full');
    assert.include(request?.settings, { compress: false });
    assert.deepEqual(request?.settings?.rules, ['node_modules/', '*.tmp']);
  });

  it('follows the settings of a known source, whatever the options for new ones are', async () => {
    const { model, engine } = await started({ sources: fakeSources() });
    model.preferences.change({ backupRulesText: '*.iso' });
    await model.backups.start(source, model.sources.named('Photos'));
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.equal(request?.sourceId, fakeSourceId('Photos'));
    assert.deepEqual(request?.settings, fakeSources()[0]?.settings);
  });

  it('gives a new source a name that no other has, so that the two stay apart', async () => {
    const { model, engine } = await started({ sources: fakeSources() });
    await model.backups.start(source);
    const [request] = engine.callsOf('backUp') as BackupRequest[];
    assert.equal(request?.sourceName, 'Photos (2)');
  });

  it('remembers a folder that can be opened again, and does not fail because it can’t', async () => {
    const { model, engine } = await started();
    await model.backups.start(folder);
    assert.lengthOf(engine.callsOf('saveSource'), 1);
    engine.failures.set('saveSource', 'device-full');
    await model.backups.start(folder);
    assert.lengthOf(engine.callsOf('backUp'), 2);
    assert.equal(model.log.lines.value.at(-1)?.level, 'warn');
  });

  it('asks the browser once to keep its storage', async () => {
    const storage = new Map<string, string>();
    const { model } = await started({ storage });
    await model.backups.start(source);
    assert.isTrue(storage.delete('persisted'));
    await model.backups.start(source);
    assert.isFalse(storage.has('persisted'));
  });
});

describe('which source something is', () => {
  const sources = fakeSources();
  const photos = fakeSourceId('Photos');
  const documents = fakeSourceId('Documents');

  it('is new where nothing is known or nothing is alike', async () => {
    assert.deepEqual(await (await started()).model.backups.identify(source), { kind: 'new' });
    const { model } = await started({ sources, matches: [{ sourceId: documents, likeness: 0.2 }] });
    assert.deepEqual(await model.backups.identify({ ...source, sourceName: 'Other' }), { kind: 'new' });
  });

  it('is told by name and content together, without asking', async () => {
    const { model } = await started({ sources, matches: [{ sourceId: photos, likeness: 0.4 }] });
    const identity = await model.backups.identify(source);
    assert.equal(identity.kind === 'known' ? identity.source.sourceId : identity.kind, photos);
  });

  it('is asked for where a folder of another name has the content of a source', async () => {
    const { model } = await started({ sources, matches: [{ sourceId: documents, likeness: 0.9 }] });
    const identity = await model.backups.identify({ ...source, sourceName: 'My documents' });
    assert.equal(identity.kind === 'unsure' ? identity.matches[0]?.source.name : identity.kind, 'Documents');
  });

  it('is asked for where a folder of the same name has nothing in common', async () => {
    const { model } = await started({ sources, matches: [{ sourceId: documents, likeness: 0.9 }] });
    const identity = await model.backups.identify(source);
    assert.deepEqual(
      identity.kind === 'unsure' ? identity.matches.map((match) => match.source.name) : identity.kind,
      ['Documents', 'Photos'],
    );
  });

  it('goes by the name alone where the content can’t be compared', async () => {
    const { model, engine } = await started({ sources });
    engine.failures.set('matchSource', 'source-unreadable');
    const identity = await model.backups.identify(source);
    assert.equal(identity.kind === 'known' ? identity.source.sourceId : identity.kind, photos);
  });
});
