/** Marking snapshots, and what others and attackers get of it, over the wire. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import type { SnapshotId } from '../../shared/ids.ts';
import { MARK_STATEMENT_BYTES, MAX_CHANGED_MARKS, MAX_MARKED_SNAPSHOTS } from '../../shared/limits.ts';
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import { newMember, secondConnection } from './members.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { randomSnapshotId } from './wire-client.ts';
import type { WireClient } from './wire-client.ts';

const DAY_MS = 86_400_000;

const file = wholeFile();
let server: TestServer;

before(async () => {
  server = await startTestServer(file);
});

function marking(mark: SnapshotMark, ...snapshotIds: readonly SnapshotId[]) {
  const snapshots = snapshotIds.map((snapshotId) => ({
    snapshotId,
    statement: randomBytes(MARK_STATEMENT_BYTES),
  }));
  return { type: 'mark-snapshots', mark, snapshots } as const;
}

async function commit(client: WireClient): Promise<SnapshotId> {
  const snapshotId = randomSnapshotId();
  const sealed = Buffer.from(snapshotId);
  await client.expect('snapshot-accepted', { type: 'commit-snapshot', snapshotId, sealed, refPages: [] });
  return snapshotId;
}

async function marksOf(client: WireClient) {
  const { marks } = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  return marks.map(({ snapshotId, mark, eraseAtMs, markedAtMs, statement }) => ({
    snapshotId,
    mark,
    graceMs: eraseAtMs === 0 ? 0 : eraseAtMs - markedAtMs,
    statement: Buffer.from(statement),
  }));
}

test('the newest mark of each snapshot is told with its statement, and when the trashed are erased', async () => {
  const { client } = await newMember(server);
  const [a, b] = [await commit(client), await commit(client)];
  assert.deepEqual(await marksOf(client), []);
  await client.expect('done', marking('pinned', a));
  const trashed = marking('trashed', b);
  await client.expect('done', trashed);
  const kept = marking('kept', a);
  await client.expect('done', kept);
  assert.deepEqual(await marksOf(client), [
    { snapshotId: b, mark: 'trashed', graceMs: 30 * DAY_MS, statement: trashed.snapshots[0]?.statement },
    { snapshotId: a, mark: 'kept', graceMs: 0, statement: kept.snapshots[0]?.statement },
  ]);
  const { trashedSnapshots, vaultSnapshots } = await client.expect('server-status', { type: 'status' });
  assert.deepEqual([trashedSnapshots, vaultSnapshots], [1, 2]);
});

test('marking again what is marked so changes nothing: not the time in the trash, not the feed', async () => {
  const { client } = await newMember(server);
  const snapshotId = await commit(client);
  const trashing = marking('trashed', snapshotId);
  await client.expect('done', trashing);
  const before = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  server.clock.aheadMs += 1_000;
  await client.expect('done', trashing);
  assert.deepEqual(await client.expect('changes', { type: 'get-changes', afterSeq: 0 }), before);
});

test('a pinned snapshot isn’t trashed, nor what is marked together with it', async () => {
  const { client } = await newMember(server);
  const [free, pinned] = [await commit(client), await commit(client)];
  await client.expect('done', marking('pinned', pinned));
  assert.equal(await client.expectError(marking('trashed', free, pinned)), 'snapshot-pinned');
  assert.deepEqual(
    (await marksOf(client)).map(({ snapshotId }) => snapshotId),
    [pinned],
  );
  await client.expect('done', marking('kept', pinned));
  await client.expect('done', marking('trashed', free, pinned));
});

test('an unknown snapshot among others marks none of them; another vault’s is as unknown', async () => {
  const [mine, theirs] = [await newMember(server), await newMember(server)];
  const [own, others] = [await commit(mine.client), await commit(theirs.client)];
  for (const stranger of [randomSnapshotId(), others]) {
    assert.equal(await mine.client.expectError(marking('trashed', own, stranger)), 'snapshot-missing');
  }
  assert.deepEqual(await marksOf(mine.client), []);
  assert.deepEqual(await marksOf(theirs.client), []);
});

test('as many as one request may name are marked at once, and come in answers that fit', async () => {
  const { client } = await newMember(server);
  const ids: SnapshotId[] = [];
  while (ids.length < MAX_MARKED_SNAPSHOTS) {
    ids.push(...(await Promise.all(Array.from({ length: 50 }, () => commit(client)))));
  }
  await client.expect('done', marking('trashed', ...ids));
  const marked = new Set<SnapshotId>();
  for (let afterSeq = 0, answers = 0; ; answers++) {
    const changes = await client.expect('changes', { type: 'get-changes', afterSeq });
    assert.ok(changes.marks.length <= MAX_CHANGED_MARKS && answers < 20);
    for (const { snapshotId } of changes.marks) marked.add(snapshotId);
    afterSeq = changes.nextSeq;
    if (afterSeq === changes.headSeq) break;
  }
  assert.deepEqual([...marked].sort(), ids.sort());
});

test('the vault’s other connections hear that something was marked', async () => {
  const member = await newMember(server);
  const other = await secondConnection(server, member);
  const snapshotId = await commit(member.client);
  await other.next('vault-changed');
  await member.client.expect('done', marking('trashed', snapshotId));
  await other.next('vault-changed');
});

test('who holds a session can fill the trash and not empty it: everything comes back', async () => {
  const { client } = await newMember(server);
  const ids = [await commit(client), await commit(client)];
  await client.expect('done', marking('trashed', ...ids));
  server.clock.aheadMs += 29 * DAY_MS;
  const { upkeep } = server.store;
  const vaults = await upkeep.catalog.upkeep.vaultIds();
  for (const vaultId of vaults) {
    await (await upkeep.vault(vaultId)).eraseTrashed(server.clock.nowMs() - 30 * DAY_MS);
  }
  await client.expect('done', marking('kept', ...ids));
  const { snapshots, erasedSnapshotIds } = await client.expect('changes', {
    type: 'get-changes',
    afterSeq: 0,
  });
  assert.deepEqual([snapshots.length, erasedSnapshotIds], [2, []]);
});

test('without damage nobody is told of any; a scrub is an administrator’s to start', async () => {
  const { client } = await newMember(server);
  const { chunkIds, snapshotIds } = await client.expect('damage', { type: 'get-damage' });
  assert.deepEqual([chunkIds, snapshotIds], [[], []]);
  assert.equal(await client.expectError({ type: 'start-scrub' }), 'not-allowed');
});
