/** The jobs in a running server: when they run, and that they end with it. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Maintenance } from '../../server/jobs/maintenance.ts';
import type { MaintenanceOptions } from '../../server/jobs/maintenance.ts';
import { createLog } from '../../server/log.ts';
import { MARK_STATEMENT_BYTES } from '../../shared/limits.ts';
import { startServer } from '../helpers/server.ts';
import { waitFor } from '../helpers/wait.ts';
import { DAY_MS, HOUR_MS, KeptStore } from './kept-store.ts';
import { harmRecord } from './segment-harm.ts';
import { createAccount, signIn } from './test-account.ts';
import { testRandom } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';

/** Jobs on `kept` whose next run a test sets off. */
function maintain(kept: KeptStore, changes: Partial<MaintenanceOptions> = {}) {
  const due: (() => void)[] = [];
  const told: string[] = [];
  const maintenance = new Maintenance({
    upkeep: kept.store.upkeep,
    clock: {
      nowMs: () => kept.clock.nowMs(),
      after: (_delayMs, run) => {
        due.push(run);
        return () => due.splice(due.indexOf(run), 1);
      },
    },
    random: testRandom,
    log: createLog('silent'),
    intervalMs: HOUR_MS,
    trashGraceMs: 30 * DAY_MS,
    garbageGraceMs: 48 * HOUR_MS,
    minDeadShare: 0.4,
    compactionBytesPerSecond: Infinity,
    scrubIntervalMs: 30 * DAY_MS,
    scrubBytesPerSecond: Infinity,
    onVaultChanged: (vaultId) => told.push(vaultId),
    onIndexDamage: () => undefined,
    ...changes,
  });
  const run = async () => {
    await waitFor('the next run to be set', () => due[0]);
    due.shift()?.();
    await waitFor('the run to end', () => due[0]);
  };
  return { maintenance, run, told, due };
}

function segmentsBytes(kept: KeptStore): number {
  const folder = join(kept.folder, 'segments');
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test('what is due is erased and its space freed at the next run; the vault’s clients hear of it', async (t) => {
  const kept = await KeptStore.open(t);
  const { maintenance, run, told } = maintain(kept);
  const snapshots = [await kept.back(randomChunk(90_000)), await kept.back(randomChunk(90_000))];
  await kept.mark('trashed', ...snapshots);
  await run();
  assert.deepEqual(told, []);
  const before = segmentsBytes(kept);
  kept.clock.step(31 * DAY_MS);
  await run();
  assert.ok(segmentsBytes(kept) < before - 80_000);
  assert.deepEqual(told, [(await kept.vault()).vaultId]);
  await maintenance.stop();
});

test('a scrub begins by itself when it is time, and at once when it is asked for', async (t) => {
  const kept = await KeptStore.open(t);
  const { maintenance, run, told } = maintain(kept);
  const chunk = randomChunk(1_000);
  await kept.back(chunk);
  await run();
  const firstMs = await waitFor(
    'the first scrub',
    async () => (await maintenance.scrubbedAtMs()) || undefined,
  );
  assert.equal(firstMs, kept.clock.nowMs());
  kept.clock.step(29 * DAY_MS);
  await run();
  assert.equal(await maintenance.scrubbedAtMs(), firstMs);
  const [place] = await (await kept.vault()).findChunk(chunk.chunkId);
  harmRecord(kept.folder, place ?? assert.fail());
  await Promise.all([maintenance.startScrub(), maintenance.startScrub()]);
  await waitFor('the scrub that was asked for', async () =>
    (await maintenance.scrubbedAtMs()) > firstMs ? true : undefined,
  );
  assert.deepEqual((await (await kept.vault()).damage()).chunkIds, [chunk.chunkId]);
  assert.equal(told.length, 1);
  await maintenance.stop();
});

test('a job that fails is logged and tried again at the next run', async (t) => {
  const kept = await KeptStore.open(t);
  const lines: string[] = [];
  const log = { ...createLog('silent'), error: (_fields: object, text: string) => lines.push(text) };
  let failing = true;
  const upkeep = {
    ...kept.store.upkeep,
    vault: (vaultId: Parameters<typeof kept.store.upkeep.vault>[0]) =>
      failing ? Promise.reject(new Error('disk')) : kept.store.upkeep.vault(vaultId),
  };
  const { maintenance, run } = maintain(kept, { upkeep, log: Object.assign(log, { info: () => undefined }) });
  await kept.put(randomChunk(10));
  kept.clock.step(3 * DAY_MS);
  await run();
  assert.deepEqual(lines, ['tidying failed']);
  failing = false;
  await run();
  assert.equal((await (await kept.vault()).totals()).chunks, 0);
  await maintenance.stop();
});

test('stopping ends a slow scrub soon, and it goes on after the next start', async (t) => {
  const kept = await KeptStore.open(t);
  for (let i = 0; i < 5; i++) await kept.put(randomChunk(90_000));
  const slow = maintain(kept, { scrubBytesPerSecond: 100_000 });
  // The rests between reads need a clock that goes on.
  const { maintenance } = slow;
  await maintenance.startScrub();
  await maintenance.stop();
  assert.equal(slow.due.length, 0);
  assert.notEqual((await kept.catalog.upkeep.scrubState()).nextSegment, undefined);
  const again = maintain(kept);
  await again.run();
  await waitFor('the scrub to end', async () =>
    (await again.maintenance.scrubbedAtMs()) > 0 ? true : undefined,
  );
  await again.maintenance.stop();
});

test('a server process: an administrator’s scrub finds what rots on disk, and SIGTERM ends it in order', async (t) => {
  const server = await startServer(t, { env: { HOLDFAST_TRASH_GRACE_DAYS: '7' } });
  const client = await WireClient.connect(server.port);
  const account = await createAccount(client, await server.firstRunToken());
  await signIn(client, { name: account.name, secret: account.password });
  const chunk = randomChunk(5_000);
  await client.putChunk(chunk);
  const page = refPage([chunk.chunkId]);
  await client.expect('done', { type: 'put-refs', ...page });
  const snapshotId = randomSnapshotId();
  const commit = { snapshotId, sealed: Buffer.from('sealed'), refPages: [page.pageId] };
  await client.expect('snapshot-accepted', { type: 'commit-snapshot', ...commit });
  const statement = testRandom(MARK_STATEMENT_BYTES);
  const snapshots = [{ snapshotId, statement }];
  await client.expect('done', { type: 'mark-snapshots', mark: 'trashed', snapshots });
  const { marks } = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  assert.deepEqual(
    marks.map(({ eraseAtMs, markedAtMs }) => eraseAtMs - markedAtMs),
    [7 * DAY_MS],
  );
  harmRecord(server.dataDir, { segment: 1, offset: 44 }, 2_000);
  await client.expect('done', { type: 'start-scrub' });
  const damage = await waitFor('the scrub', async () => {
    const answer = await client.expect('damage', { type: 'get-damage' });
    return answer.scrubbedAtMs > 0 ? answer : undefined;
  });
  assert.deepEqual([damage.chunkIds, damage.snapshotIds], [[chunk.chunkId], [snapshotId]]);
  const { damagedChunks, scrubbedAtMs } = await client.expect('server-status', { type: 'status' });
  assert.deepEqual([damagedChunks, scrubbedAtMs], [1, damage.scrubbedAtMs]);
  assert.equal(await server.kill('SIGTERM'), 0, server.output());
});
