/** The engine's view of the past: comparing, versions, searching, with the server and without it. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { SnapshotId, SourceId } from '../../shared/ids.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memoryMirror, memorySessions } from './engine-ports.ts';

const account = { name: 'Ada', password: 'correct horse battery staple' };

describe('the history of a vault', () => {
  const suite = suiteCleanUp();
  const sessions = memorySessions();
  const mirror = memoryMirror();
  let server: RunningServer;
  let client: EngineClient;
  let older: SnapshotId;
  let newer: SnapshotId;
  let trashed: SnapshotId;
  let sourceId: SourceId;

  before(async () => {
    const random = seededRandom(5);
    const [report, longer, film] = [random.bytes(1_000), random.bytes(1_500), random.bytes(400_000)];
    server = await startServer(suite);
    client = await startDevice(suite, server.url, { sessions, mirror });
    await signUp(client, { ...account, inviteToken: await server.firstRunToken() });
    const first = { 'docs/Report.txt': report, 'film.mp4': film, 'old.txt': random.bytes(10) };
    const second = { 'docs/Report.txt': longer, 'films/film.mp4': film, 'new.txt': random.bytes(20) };
    older = snapshotOf(await backUp(client, 'Files', picked(first, [], 1_000)));
    newer = snapshotOf(await backUp(client, 'Files', picked(second, [], 2_000)));
    trashed = snapshotOf(await backUp(client, 'Thrown away', picked({ 'report draft.txt': report })));
    await client.engine.markSnapshots([trashed], 'trashed');
    sourceId =
      (await client.engine.listSnapshots()).find(({ snapshotId }) => snapshotId === newer)?.sourceId ??
      ('' as SourceId);
  });

  it('tells what changed, with moves, in both directions', async () => {
    const { changes } = await client.engine.diffSnapshots(older, newer);
    assert.deepEqual(changes, [
      { kind: 'changed', path: ['docs', 'Report.txt'], sizeBytes: 1_500, sizeBeforeBytes: 1_000 },
      { kind: 'moved', path: ['films', 'film.mp4'], from: ['film.mp4'], sizeBytes: 400_000 },
      { kind: 'added', path: ['new.txt'], sizeBytes: 20 },
      { kind: 'removed', path: ['old.txt'], sizeBytes: 10 },
    ]);
    const { totals } = await client.engine.diffSnapshots(newer, older);
    assert.deepEqual(totals.added, { files: 1, bytes: 10 });
    await assertRejectsCode(
      client.engine.diffSnapshots(older, 'ff'.repeat(16) as SnapshotId),
      'snapshot-missing',
    );
  });

  it('knows every version of a file', async () => {
    const versions = await client.engine.fileVersions(sourceId, ['docs', 'Report.txt']);
    assert.deepEqual(versions, [
      { snapshotIds: [newer], sizeBytes: 1_500, modifiedAtMs: 2_000 },
      { snapshotIds: [older], sizeBytes: 1_000, modifiedAtMs: 1_000 },
    ]);
  });

  it('finds names in all snapshots but those in the trash', async () => {
    const hits = await client.engine.search('report', 10);
    assert.deepEqual(
      hits.map(({ path, snapshotIds, entry, sourceId: source }) => [
        path.join('/'),
        snapshotIds,
        entry.sizeBytes,
        source,
      ]),
      [
        ['docs/Report.txt', [newer], 1_500, sourceId],
        ['docs/Report.txt', [older], 1_000, sourceId],
      ],
    );
    assert.deepEqual(await client.engine.search('', 10), []);
  });

  it('ends a search when the next one begins', async () => {
    const [first, second] = [client.engine.search('film', 10), client.engine.search('film', 10)];
    await assertRejectsCode(first, 'cancelled');
    assert.equal((await second).length, 3);
  });

  it('works without the server as far as the folders are here', async () => {
    // Knows the snapshots, and none of their folders.
    const bare = await startDevice(suite, server.url, { sessions, mirror });
    await server.kill();
    for (const { events } of [client, bare])
      await waitFor('the loss', () =>
        events.some((event) => event.type === 'connection' && event.connection.kind === 'offline')
          ? true
          : undefined,
      );
    assert.equal((await client.engine.search('film', 10)).length, 3);
    assert.equal((await client.engine.diffSnapshots(older, newer)).changes.length, 4);
    await assertRejectsCode(bare.engine.search('film', 10), 'offline');
    await assertRejectsCode(bare.engine.fileVersions(sourceId, ['film.mp4']), 'offline');
    await assertRejectsCode(bare.engine.openPreview(newer, ['new.txt']), 'offline');
    await assertRejectsCode(client.engine.listDamage(), 'offline');
    await server.restart();
  });
});
