/**
 * A server whose jobs run all the time, and a page in Chromium that backs a changing folder up again and again, over a
 * connection that is cut now and then, at times for so long that backups queue, and restores and verifies in between,
 * while another device restores. Memory and open files of the server and of the page's processes are looked at. Once a
 * minute the page rests, its garbage is collected, and what grows from one rest to the next, the least of each minute,
 * leaks. SOAK_MINUTES and SOAK_SEED choose; `npm run soak`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { restoreFolder, seenSnapshot, startDevice } from '../helpers/engine-device.ts';
import { ownBytes } from '../helpers/process-tree.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { ACCOUNT } from '../faults/account.ts';
import { ChromiumDevice } from '../faults/chromium-device.ts';
import { contentsOf } from '../faults/contents.ts';
import { FaultyServer } from '../faults/faulty-server.ts';
import { startFaultyProxy } from '../faults/faulty-proxy.ts';
import { signUp } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import type { SnapshotInfo } from '../../web/bridge/engine-api.ts';
import type { Contents } from '../helpers/engine-device.ts';
import { waitFor } from '../helpers/wait.ts';
import { startCutLine } from './cut-line.ts';
import type { CutLine } from './cut-line.ts';
import { lookAtPage, openFiles } from './page-processes.ts';
import { queuedInPage, restoreInPage, verifyInPage } from '../helpers/browser/page-work.ts';
import { floors, slopePerHour } from './slope.ts';
import type { Sample } from './slope.ts';

const { SOAK_MINUTES = '20', SOAK_SEED = '1' } = process.env;
const MINUTE_MS = 60_000;
const BACKUP_LIMIT_MS = 120_000;
const SAMPLE_EVERY_MS = 1_000;
/**
 * So often the page and its workers rest and are made to collect their garbage. Left to themselves they let some 60 MB
 * of it lie for minutes, and what is under way during a backup comes and goes by 20: more than what leaks in 20 minutes.
 */
const REST_EVERY_MS = MINUTE_MS;
/** Until memory that was freed is given back, with some to spare, and looked at. */
const REST_MS = 6_000;
const MEGABYTE = 1_000_000;
/** Of the rounds. */
const RESTORE_EVERY = 4;
const VERIFY_EVERY = 7;
const OFFLINE_EVERY = 10;

/** What counts as flat, an hour, in a run of 20 minutes; in shorter ones what fills caches still shows. */
const FLAT = {
  'server memory, MB': 60,
  'server files': 30,
  'page memory, MB': 60,
  'page files': 30,
  'browser files': 30,
} as const;
type Watched = keyof typeof FLAT;

test('slopes are those of the later three quarters', () => {
  const line = Array.from({ length: 20 }, (_, i) => ({ atMs: i * 1_000, value: i < 5 ? 500 * i : 7 * i }));
  assert.equal(Math.round(slopePerHour(line)), 7 * 3_600);
  assert.equal(slopePerHour(line.map(({ atMs }) => ({ atMs, value: 3 }))), 0);
});

test('garbage that comes and goes is no growth, and what stays under it is', () => {
  const saw = (growth: number) =>
    Array.from({ length: 200 }, (_, i) => ({ atMs: i * 1_000, value: 40 * (i % 13) + growth * i }));
  assert.equal(Math.round(slopePerHour(floors(saw(0), 20_000))), 0);
  const slope = slopePerHour(floors(saw(2), 20_000));
  assert.ok(slope > 0.8 * 2 * 3_600 && slope < 1.2 * 2 * 3_600, String(slope));
});

test(`neither server nor page grows in ${SOAK_MINUTES} minutes of backups (seed ${SOAK_SEED})`, async (t) => {
  const seed = Number(SOAK_SEED);
  const server = await FaultyServer.start(t);
  const proxy = await startFaultyProxy(t, server.url, seededRandom(seed));
  const device = await startDevice(t, server.url);
  await signUp(device, { inviteToken: server.firstRunToken, ...ACCOUNT });
  const line = await startCutLine(t, proxy.url);
  const chromium = await ChromiumDevice.start(t, line.url);
  const end = Date.now() + Number(SOAK_MINUTES) * MINUTE_MS;
  const sampling = sampleUntil(end, server, chromium);
  let rounds = 0;
  const restNowAndThen = restsOf(chromium);
  while (Date.now() < end) {
    await restNowAndThen();
    const contents = contentsOf(seed, ++rounds);
    if (rounds % OFFLINE_EVERY === 0) {
      const snapshotId = await backUpOffline({ device, chromium, line }, contents);
      await restoreAndTrashOthers(device, snapshotId);
      continue;
    }
    proxy.setFaults(rounds % 3 === 0); // reconnects
    await chromium.drop(contents);
    const snapshotId = await chromium.done(BACKUP_LIMIT_MS);
    proxy.setFaults(false);
    await restoreAndTrashOthers(device, snapshotId);
    const files = Object.keys(contents).length;
    if (rounds % RESTORE_EVERY === 0) await restoreInPage(chromium.page, snapshotId, files);
    if (rounds % VERIFY_EVERY === 0) await verifyInPage(chromium.page, snapshotId);
  }
  const lines = Object.entries(await sampling).map(([what, samples]) => verdictOf(what as Watched, samples));
  for (const { text, perMinute } of lines) {
    t.diagnostic(text);
    t.diagnostic(`  least of each minute: ${perMinute.join(' ')}`);
  }
  t.diagnostic(`${rounds} backups, ${JSON.stringify(proxy.counts)}`);
  assert.deepEqual(
    lines.filter(({ isFlat }) => !isFlat),
    [],
  );
});

/** Between two rounds, when nothing is under way: what it gives rests if the time has come. */
function restsOf({ page }: ChromiumDevice): () => Promise<void> {
  let restAtMs = Date.now();
  return async () => {
    if (Date.now() < restAtMs) return;
    restAtMs += REST_EVERY_MS;
    await page.collectGarbage();
    await sleep(REST_MS);
  };
}

async function sampleUntil(
  end: number,
  server: FaultyServer,
  chromium: ChromiumDevice,
): Promise<Record<Watched, Sample[]>> {
  const samples: Record<Watched, Sample[]> = {
    'server memory, MB': [],
    'server files': [],
    'page memory, MB': [],
    'page files': [],
    'browser files': [],
  };
  const note = (what: Watched, atMs: number, value: number) => samples[what].push({ atMs, value });
  while (Date.now() < end) {
    const atMs = Date.now();
    const page = await lookAtPage(chromium.pid);
    note('page memory, MB', atMs, page.rendererBytes / MEGABYTE);
    note('page files', atMs, page.rendererFiles);
    note('browser files', atMs, page.browserFiles);
    note('server memory, MB', atMs, (await ownBytes(server.pid)) / MEGABYTE);
    note('server files', atMs, await openFiles(server.pid));
    await sleep(SAMPLE_EVERY_MS);
  }
  return samples;
}

interface OfflineParts {
  readonly device: EngineClient;
  readonly chromium: ChromiumDevice;
  readonly line: CutLine;
}

/** Seals a backup while the line is cut; resolves with the snapshot that comes out of the queue afterwards. */
async function backUpOffline(
  { device, chromium, line }: OfflineParts,
  contents: Contents,
): Promise<SnapshotId> {
  const before = new Set((await device.engine.listSnapshots()).map(({ snapshotId }) => snapshotId));
  line.setCut(true);
  await chromium.drop(contents);
  await queuedInPage(chromium.page);
  line.setCut(false);
  const isNew = ({ snapshotId }: SnapshotInfo) => !before.has(snapshotId);
  const { snapshotId } = await waitFor(
    'the queue to go out',
    async () => (await device.engine.listSnapshots()).find(isNew),
    BACKUP_LIMIT_MS,
  );
  return snapshotId;
}

async function restoreAndTrashOthers(device: EngineClient, snapshotId: SnapshotId): Promise<void> {
  await seenSnapshot(device, snapshotId);
  const { job } = await restoreFolder(device, snapshotId);
  assert.equal(job.phase, 'done');
  assert.deepEqual(job.problems, []);
  const others = (await device.engine.listSnapshots()).filter(
    (snapshot) => snapshot.snapshotId !== snapshotId && snapshot.mark === 'kept',
  );
  if (others.length === 0) return;
  await device.engine.markSnapshots(
    others.map((snapshot) => snapshot.snapshotId),
    'trashed',
  );
}

function verdictOf(what: Watched, samples: readonly Sample[]) {
  const least = floors(samples, REST_EVERY_MS);
  const slope = slopePerHour(least);
  const last = samples.at(-1)?.value ?? 0;
  const isFlat = slope <= FLAT[what];
  const verdict = isFlat ? 'flat' : 'GROWS';
  const text = `${what}: ${last.toFixed(0)} at the end, ${slope.toFixed(1)} an hour (at most ${FLAT[what]}): ${verdict}`;
  return { text, isFlat, perMinute: least.map(({ value }) => value.toFixed(0)) };
}
