import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { ConflictChoice, JobProgress, RestoreReport } from '../../web/bridge/engine-api.ts';
import type { JobId, SnapshotId } from '../../shared/ids.ts';
import type { JournalStore } from '../../web/worker/ports.ts';
import { MemoryFolder } from '../helpers/memory-folder.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import { picked, signUp, startEngine } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memoryJournal } from './engine-ports.ts';

const MIB = 1024 * 1024;
const password = 'correct horse battery staple';

type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

interface Setting {
  readonly client: EngineClient;
  readonly journal: JournalStore;
}

async function setting(test: TestContext): Promise<Setting> {
  const server = await startServer(test);
  const journal = memoryJournal();
  const client = await startEngine(server.url, { journal });
  test.after(() => {
    client.engine.stop();
  });
  await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
  return { client, journal };
}

async function backUp({ client }: Setting, files: Files): Promise<SnapshotId> {
  const job = await client.ended(await client.engine.backUp({ sourceName: 'Docs', picked: picked(files) }));
  assert.ok(job.receipt, JSON.stringify(job.problem));
  return job.receipt.snapshotId;
}

async function restoreInto(
  { client }: Setting,
  snapshotId: SnapshotId,
  folder: MemoryFolder,
  conflict: ConflictChoice = 'skip',
): Promise<JobProgress> {
  const target = { kind: 'folder', handle: folder.handle, conflict } as const;
  return client.ended(await client.engine.restore({ snapshotId, selection: [[]], target }));
}

function assertHolds(folder: MemoryFolder, files: Files): void {
  const contents = folder.contents();
  assert.deepEqual([...contents.keys()].sort(), Object.keys(files).sort());
  for (const [path, content] of Object.entries(files))
    assert.ok(Buffer.from(contents.get(path) ?? []).equals(content), path);
}

function report(counts: Partial<RestoreReport>): RestoreReport {
  const nothing = {
    written: 0,
    verifiedBytes: 0,
    keptBoth: 0,
    replaced: 0,
    skipped: 0,
    resumed: 0,
    failed: 0,
  };
  return { ...nothing, ...counts };
}

function totalBytes(files: Files): number {
  return Object.values(files).reduce((sum, { length }) => sum + length, 0);
}

const random = seededRandom(11);
const tree: Files = {
  'large.bin': random.bytes(5 * MIB + 7),
  'a/one chunk.bin': random.bytes(200_000),
  'a/empty.txt': new Uint8Array(),
  ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`b/${n}.txt`, random.bytes(5_000 + n)])),
};

describe('a restore into a folder', () => {
  it('tells what it wrote', async (test) => {
    const here = await setting(test);
    const folder = new MemoryFolder();
    const job = await restoreInto(here, await backUp(here, tree), folder);
    assert.equal(job.phase, 'done');
    assertHolds(folder, tree);
    const written = Object.keys(tree).length;
    assert.deepEqual(job.report, report({ written, verifiedBytes: totalBytes(tree) }));
    assert.deepEqual(await here.journal.load(), []);
  });

  for (const conflict of ['skip', 'replace', 'keep-both'] as const) {
    it(`that was stopped goes on where it ended, asked to ${conflict}`, async (test) => {
      const here = await setting(test);
      const snapshotId = await backUp(here, tree);
      const folder = new MemoryFolder();
      const target = { kind: 'folder', handle: folder.handle, conflict } as const;
      const starting = here.client.engine.restore({ snapshotId, selection: [[]], target });
      let finished = 0;
      folder.onFinished = () => {
        finished += 1;
        if (finished === 20) void starting.then(async (jobId) => here.client.engine.cancelJob(jobId));
      };
      const stopped = await here.client.ended(await starting);
      assert.equal(stopped.phase, 'cancelled');
      const kept = folder.contents();
      assert.ok(kept.size >= 20 && kept.size < Object.keys(tree).length, String(kept.size));
      for (const [path, content] of kept)
        assert.ok(Buffer.from(content).equals(tree[path] ?? Buffer.of()), path);

      const job = await restoreInto(here, snapshotId, folder, conflict);
      assert.equal(job.phase, 'done');
      assertHolds(folder, tree);
      assert.equal(job.report?.resumed, kept.size);
      assert.equal(job.report.written, Object.keys(tree).length - kept.size);
      assert.equal(job.problemsTotal, 0);
      assert.equal(job.bytesDone, totalBytes(tree));
    });
  }

  it('that was finished fetches no content when it is done again', async (test) => {
    const here = await setting(test);
    const snapshotId = await backUp(here, tree);
    const folder = new MemoryFolder();
    await restoreInto(here, snapshotId, folder);
    const again = await restoreInto(here, snapshotId, folder);
    assert.deepEqual(again.report, report({ resumed: Object.keys(tree).length }));
    assert.equal(again.bytesTransferred, 0);
  });

  const changed: Files = {
    'large.bin': random.bytes(5 * MIB + 7),
    'a/one chunk.bin': random.bytes(200_000),
    'b/1.txt': random.bytes(5_001),
    'b/2.txt': random.bytes(10),
  };
  const others = Object.keys(tree).length - 4;

  async function conflicting(here: Setting, conflict: ConflictChoice) {
    const snapshotId = await backUp(here, tree);
    const folder = new MemoryFolder();
    for (const [path, content] of Object.entries({ ...tree, ...changed })) {
      const [name = '', parent] = path.split('/').reverse();
      (parent === undefined ? folder : await folder.getDirectoryHandle(parent)).put(name, content);
    }
    return { folder, job: await restoreInto(here, snapshotId, folder, conflict) };
  }

  it('asked to skip leaves every file that is different as it is, and names it', async (test) => {
    const { folder, job } = await conflicting(await setting(test), 'skip');
    assertHolds(folder, { ...tree, ...changed });
    assert.deepEqual(job.report, report({ skipped: 4, resumed: others }));
    assert.deepEqual(job.problems.map(({ code, path }) => [code, path]).sort(), [
      ['target-exists', 'a/one chunk.bin'],
      ['target-exists', 'b/1.txt'],
      ['target-exists', 'b/2.txt'],
      ['target-exists', 'large.bin'],
    ]);
  });

  it('asked to replace writes over what is different alone', async (test) => {
    const { folder, job } = await conflicting(await setting(test), 'replace');
    assertHolds(folder, tree);
    const verifiedBytes =
      totalBytes(tree) -
      totalBytes(Object.fromEntries(Object.entries(tree).filter(([path]) => !(path in changed))));
    assert.deepEqual(job.report, report({ written: 4, replaced: 4, verifiedBytes, resumed: others }));
  });

  it('asked to keep both writes beside what is different, and once however often it is done', async (test) => {
    const here = await setting(test);
    const { folder, job } = await conflicting(here, 'keep-both');
    const beside = {
      'large (restored 1).bin': tree['large.bin'] ?? new Uint8Array(),
      'a/one chunk (restored 1).bin': tree['a/one chunk.bin'] ?? new Uint8Array(),
      'b/1 (restored 1).txt': tree['b/1.txt'] ?? new Uint8Array(),
      'b/2 (restored 1).txt': tree['b/2.txt'] ?? new Uint8Array(),
    };
    assertHolds(folder, { ...tree, ...changed, ...beside });
    assert.deepEqual(
      job.report,
      report({ written: 4, keptBoth: 4, verifiedBytes: totalBytes(beside), resumed: others }),
    );
    const [snapshot] = await here.client.engine.listSnapshots();
    assert.ok(snapshot);
    const again = await restoreInto(here, snapshot.snapshotId, folder, 'keep-both');
    assertHolds(folder, { ...tree, ...changed, ...beside });
    assert.deepEqual(again.report, report({ resumed: others + 4 }));
  });

  it('finishes what a crash left half-written, and takes no other file for that', async (test) => {
    const here = await setting(test);
    const files = {
      'mine.txt': random.bytes(900),
      'left.txt': random.bytes(900),
      'empty left.txt': random.bytes(900),
    };
    const snapshotId = await backUp(here, files);
    const folder = new MemoryFolder();
    const mine = new Uint8Array(files['mine.txt'].subarray(0, 100));
    folder.put('mine.txt', mine);
    folder.put('left.txt', new Uint8Array(files['left.txt'].subarray(0, 100)));
    folder.put('empty left.txt', new Uint8Array());
    const crashed = { folder: folder.handle, paths: ['left.txt', 'empty left.txt'] };
    await here.journal.begin({ ...crashed, key: '11'.repeat(16) as JobId });
    const elsewhere = {
      folder: new MemoryFolder().handle,
      paths: ['mine.txt'],
      key: '22'.repeat(16) as JobId,
    };
    await here.journal.begin(elsewhere);
    const job = await restoreInto(here, snapshotId, folder, 'skip');
    assertHolds(folder, { ...files, 'mine.txt': mine });
    assert.deepEqual(job.report, report({ written: 2, verifiedBytes: 1_800, skipped: 1 }));
    assert.deepEqual(await here.journal.load(), [elsewhere]);
  });

  it('notes what it writes before anything of it can be seen', async (test) => {
    const here = await setting(test);
    const snapshotId = await backUp(here, tree);
    const folder = new MemoryFolder();
    const noted: Promise<boolean>[] = [];
    folder.onFinished = (name) => {
      noted.push(
        here.journal
          .load()
          .then((entries) => entries.some(({ paths }) => paths.some((path) => path.endsWith(name)))),
      );
    };
    await restoreInto(here, snapshotId, folder);
    assert.equal(noted.length, Object.keys(tree).length);
    assert.ok((await Promise.all(noted)).every(Boolean));
  });
});

describe('a restore of many small files', () => {
  it('fetches each bundle once, however many backups the files are from', async (test) => {
    const here = await setting(test);
    const files: Record<string, Uint8Array<ArrayBuffer>> = {};
    let snapshotId: SnapshotId | undefined;
    // More bundles than are kept in memory, and in the order of names each file lies in another one.
    for (let round = 0; round < 30; round++) {
      for (let n = 0; n < 8; n++) files[`${n} ${String(round).padStart(2, '0')}.bin`] = random.bytes(4_000);
      snapshotId = await backUp(here, files);
    }
    assert.ok(snapshotId);
    const folder = new MemoryFolder();
    const job = await restoreInto(here, snapshotId, folder);
    assertHolds(folder, files);
    assert.ok(job.bytesTransferred < 1.1 * totalBytes(files), String(job.bytesTransferred));
  });
});
