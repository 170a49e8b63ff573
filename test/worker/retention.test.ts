/** Keeping, pinning, removing and bringing back snapshots, with a real server. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { SnapshotId } from '../../shared/ids.ts';
import type { SnapshotInfo } from '../../web/bridge/engine-api.ts';
import type { SourceSettings } from '../../web/bridge/sources-api.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memorySessions } from './engine-ports.ts';

const DAY_MS = 86_400_000;
const settings: Omit<SourceSettings, 'retention'> = {
  rules: [],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
};

async function infoOf({ engine }: EngineClient, id: SnapshotId | undefined): Promise<SnapshotInfo> {
  const info = (await engine.listSnapshots()).find(({ snapshotId }) => snapshotId === id);
  assert.ok(info);
  return info;
}

describe('retention', () => {
  const suite = suiteCleanUp();
  const sessions = memorySessions();
  let server: RunningServer;
  let client: EngineClient;
  let other: EngineClient;

  before(async () => {
    server = await startServer(suite);
    client = await startDevice(suite, server.url, { sessions });
    const inviteToken = await server.firstRunToken();
    await signUp(client, { name: 'Ada', password: 'correct horse battery staple', inviteToken });
    other = await startDevice(suite, server.url, { sessions });
  });

  /** Five snapshots of a new source, oldest first, made within seconds. */
  async function fiveSnapshots(sourceName: string): Promise<readonly SnapshotId[]> {
    const ids: SnapshotId[] = [];
    for (let n = 0; n < 5; n++) {
      const files = { 'a.txt': seededRandom(n).bytes(100 + n) };
      ids.push(snapshotOf(await backUp(client, sourceName, picked(files, [], n))));
    }
    await waitFor('the snapshots', async () =>
      (await other.engine.listSnapshots()).some(({ snapshotId }) => snapshotId === ids[4]) ? true : undefined,
    );
    return ids;
  }

  it('shows what a policy would do, and why, and changes nothing', async () => {
    const ids = await fiveSnapshots('Source 1');
    const { sourceId } = await infoOf(client, ids[0]);
    const { keep, remove } = await client.engine.previewRetention(sourceId, { last: 2, daily: 7 });
    assert.deepEqual(keep, [
      { snapshotId: ids[4], reasons: ['last', 'daily'] },
      { snapshotId: ids[3], reasons: ['last'] },
    ]);
    assert.deepEqual(remove, [ids[2], ids[1], ids[0]]);
    for (const id of ids) assert.equal((await infoOf(client, id)).mark, 'kept');
  });

  it('moves what the source’s policy doesn’t keep to the trash, for every device, and back', async () => {
    const ids = await fiveSnapshots('Source 2');
    const { sourceId } = await infoOf(client, ids[0]);
    assert.deepEqual(await client.engine.applyRetention(sourceId), [], 'there is no policy yet');
    await client.engine.markSnapshots([ids[0] ?? ('' as SnapshotId)], 'pinned');
    await client.engine.saveSource({
      sourceId,
      name: 'Files',
      settings: { ...settings, retention: { last: 2 } },
    });
    const removed = await client.engine.applyRetention(sourceId);
    assert.deepEqual(removed, [ids[2], ids[1]]);
    assert.deepEqual(await client.engine.applyRetention(sourceId), []);

    await waitFor('the marks on the other device', async () =>
      (await infoOf(other, ids[2])).mark === 'trashed' ? true : undefined,
    );
    const { eraseAtMs, receivedAtMs } = await infoOf(other, ids[2]);
    assert.ok(eraseAtMs !== undefined && eraseAtMs >= receivedAtMs + 29 * DAY_MS);
    assert.equal((await infoOf(other, ids[0])).mark, 'pinned');

    await other.engine.markSnapshots(removed, 'kept');
    const back = await infoOf(other, ids[2]);
    assert.deepEqual([back.mark, back.eraseAtMs], ['kept', undefined]);
    assert.equal((await other.engine.listFolder(back.snapshotId, [])).length, 1);
  });

  it('never throws away what is pinned, alone or among others, nor marks what isn’t there', async () => {
    const ids = await fiveSnapshots('Source 3');
    const [first, second] = ids;
    assert.ok(first !== undefined && second !== undefined);
    await client.engine.markSnapshots([first], 'pinned');
    await assertRejectsCode(client.engine.markSnapshots([second, first], 'trashed'), 'snapshot-pinned');
    assert.equal((await infoOf(client, second)).mark, 'kept');
    const unknown = 'ee'.repeat(16) as SnapshotId;
    await assertRejectsCode(client.engine.markSnapshots([second, unknown], 'trashed'), 'snapshot-missing');
    await client.engine.markSnapshots([first], 'kept');
    await client.engine.markSnapshots([second, first], 'trashed');
    assert.equal((await infoOf(client, first)).mark, 'trashed');
    await client.engine.markSnapshots([], 'trashed');
  });
});
