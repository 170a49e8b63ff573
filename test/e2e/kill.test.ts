/**
 * kill -9 of the server at 20 random moments of backups: each time the client goes on by itself when the
 * server is back, and what it was promised is there. Afterwards the index is thrown away and made anew
 * from the segments. Most rounds are driven by the engine in Node, which is faster; three by Chromium.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { assertSameEntries } from '../helpers/assert-same.ts';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import { byId } from '../helpers/browser/page.ts';
import {
  acceptedSnapshot,
  backUp,
  restoreFolder,
  seenSnapshot,
  snapshotOf,
  startDevice,
} from '../helpers/engine-device.ts';
import type { Contents } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { picked, signUp } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';

const ENGINE_KILLS = 17;
const KILLS_IN_A_BACKUP = 3;
const CHROMIUM_KILLS = 3;
const MEGABYTE = 1_000_000;
const KILOBYTE = 1_000;
const STAMPED_EVERY_BYTES = 64 * 1024;
const FIRST_MODIFIED_AT_MS = 1_700_000_000_000;
const BACKUP_TIMEOUT_MS = 60_000;
const REBUILD = fileURLToPath(new URL('../../dist/node/server/rebuild.js', import.meta.url));
const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };

describe('a server that is killed in the middle of backups', () => {
  const suite = suiteCleanUp();
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));
  const random = seededRandom(seed);
  const base = makeContents();
  let round = 0;
  let server: RunningServer;
  let client: EngineClient;
  const finished = new Map<SnapshotId, Contents>();

  before(async () => {
    console.log(`The moments of the kills come from TEST_SEED=${seed}.`);
    server = await startServer(suite);
    client = await startDevice(suite, server.url);
    await signUp(client, { inviteToken: await server.firstRunToken(), ...account });
  });

  async function assertRestores(device: EngineClient, snapshotId: SnapshotId): Promise<void> {
    await seenSnapshot(device, snapshotId);
    const { job, folder } = await restoreFolder(device, snapshotId);
    assert.equal(job.phase, 'done');
    assert.deepEqual(job.problems, []);
    assertSameEntries(digests(folder.contents()), digests(Object.entries(finished.get(snapshotId) ?? {})));
  }

  /** Keeps the last of them for what comes after. */
  async function assertFinished(snapshotId: SnapshotId, contents: Contents): Promise<void> {
    finished.clear();
    finished.set(snapshotId, contents);
    await assertRestores(client, snapshotId);
  }

  it(`finds its clients going on by themselves, ${ENGINE_KILLS} times`, async () => {
    // A first backup runs undisturbed: it tells how long there is.
    let shortestMs = await undisturbedMs();
    for (let kills = 0; kills < ENGINE_KILLS;) {
      const contents = stamped(base, ++round);
      const startedAt = performance.now();
      const backup = startBackup(contents);
      const hits = await killDuring(backup, Math.min(KILLS_IN_A_BACKUP, ENGINE_KILLS - kills), shortestMs);
      const snapshotId = await acceptedSnapshot(client, await backup);
      kills += hits;
      if (hits > 0) await assertFinished(snapshotId, contents);
      else shortestMs = Math.floor(performance.now() - startedAt);
    }
  });

  function startBackup(contents: Contents): Promise<JobProgress> {
    // Other times than before: files of the same size and time are taken for unchanged.
    return backUp(client, 'Documents', picked(contents, [], FIRST_MODIFIED_AT_MS + round));
  }

  async function undisturbedMs(): Promise<number> {
    const startedAt = performance.now();
    snapshotOf(await startBackup(base));
    return Math.floor(performance.now() - startedAt);
  }

  /** Kills and starts the server again at random moments; returns how often before the backup was over. */
  async function killDuring(backup: Promise<JobProgress>, times: number, withinMs: number): Promise<number> {
    const over = backup.then(() => true);
    for (let hits = 0; hits < times; hits++) {
      if (await Promise.race([over, sleep(random.integer(withinMs), false)])) return hits;
      await server.restart();
    }
    return times;
  }

  it(`finds Chromium going on by itself, ${CHROMIUM_KILLS} times`, async () => {
    const folder = await tempDir(suite);
    const page = await openChromiumPage(suite, {
      userDataDir: path.join(folder, 'profile'),
      downloadDir: folder,
    });
    await app.signIn(page, server.url, account);
    const contents = stamped(base, ++round);
    // The name that the other devices gave it: the app needn't ask which source it is.
    const source = path.join(folder, 'Documents');
    await writeContents(source, contents);
    await page.drop(byId('drop-zone'), [source]);
    for (const sent of percentages(CHROMIUM_KILLS)) {
      await page.until(
        `${sent} % to be sent`,
        async () => (await percentDone(page)) >= sent,
        BACKUP_TIMEOUT_MS,
      );
      await server.restart();
    }
    const snapshotId = (await app.backupDone(page, BACKUP_TIMEOUT_MS)) as SnapshotId;
    await assertFinished(snapshotId, contents);
  });

  /** Random ones, in order. */
  function percentages(count: number): number[] {
    return Array.from({ length: count }, () => random.integer(100)).sort((a, b) => a - b);
  }

  it('has its index made anew from the segments, and everything is there', async () => {
    const { engine } = client;
    const snapshots = await engine.listSnapshots();
    await server.kill('SIGTERM');
    for (const name of await readdir(server.dataDir)) {
      if (name.startsWith('index.sqlite')) await rm(path.join(server.dataDir, name));
    }
    const env = { ...process.env, HOLDFAST_DATA_DIR: server.dataDir };
    const { stdout } = await promisify(execFile)(process.execPath, [REBUILD], { env, cwd: server.dataDir });
    assert.match(stdout, new RegExp(`snapshots +${snapshots.length}\n`));
    await server.restart();

    const other = await startDevice(suite, server.url);
    await other.engine.signIn({ ...account, keepUnlocked: false });
    for (const snapshotId of finished.keys()) await assertRestores(other, snapshotId);
    const ids = (list: typeof snapshots): SnapshotId[] => list.map((snapshot) => snapshot.snapshotId).sort();
    assert.deepEqual(ids(await other.engine.listSnapshots()), ids(snapshots));
  });
});

/** About 75 MB, several times what may be under way at once: one large file, some of a few chunks, many small ones. */
function makeContents(): Contents {
  const random = seededRandom(1);
  const contents: Record<string, Uint8Array<ArrayBuffer>> = { 'large.bin': random.bytes(45 * MEGABYTE) };
  for (let i = 0; i < 15; i++)
    contents[`medium/${i}.bin`] = random.bytes(MEGABYTE + random.integer(MEGABYTE / 2));
  for (let i = 0; i < 500; i++) {
    contents[`small/${i % 20}/${i}.bin`] = random.bytes(1 + random.integer(40 * KILOBYTE));
  }
  return contents;
}

/** The same with other bytes in every chunk, so that all of it has to be sent again. */
function stamped(contents: Contents, stamp: number): Contents {
  return Object.fromEntries(
    Object.entries(contents).map(([name, content]) => {
      const copy = content.slice();
      for (let at = 0; at < copy.length; at += STAMPED_EVERY_BYTES)
        copy[at] = ((copy[at] ?? 0) + stamp) & 0xff;
      return [name, copy];
    }),
  );
}

async function writeContents(folder: string, contents: Contents): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

function digests(contents: Iterable<readonly [string, Uint8Array]>): Map<string, string> {
  return new Map(
    [...contents].map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
}

/** How far the newest job is, as the page shows it; 100 once it is over. */
async function percentDone(page: Awaited<ReturnType<typeof openChromiumPage>>): Promise<number> {
  const [shown] = await page.elements(byId('job-percent'));
  if (shown !== undefined) return Number.parseInt(shown.text, 10);
  return (await page.isThere(byId('job-receipt'))) ? 100 : 0;
}
