import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import type { Extent } from '../../shared/format/folder-node.ts';
import { sourceTree } from '../../web/worker/backup/source-tree.ts';
import type { SourceEntry, SourceFolder } from '../../web/worker/backup/source-tree.ts';
import type { Job } from '../../web/worker/jobs/job.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { picked } from './engine-client.ts';
import { StoredChunks } from './stored-chunks.ts';
import { backUp, newJob, readBack } from './tree-backups.ts';

const MIB = 1024 * 1024;

async function assertHolds(
  chunks: StoredChunks,
  root: readonly Extent[],
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const read = await readBack(chunks, root);
  assert.deepEqual([...read.keys()].sort(), Object.keys(files).sort());
  for (const [path, content] of Object.entries(files)) assert.ok(read.get(path)?.equals(content), path);
}

const FILES = {
  'a.txt': seededRandom(1).bytes(100),
  'empty.txt': new Uint8Array(),
  'deep/er/b.bin': seededRandom(2).bytes(70_000),
  'large.bin': seededRandom(3).bytes(5 * MIB + 7),
  'same as large.bin': seededRandom(3).bytes(5 * MIB + 7),
};

describe('a tree', () => {
  it('is written whole, and names every chunk that it needs', async (test) => {
    const chunks = new StoredChunks();
    const { root, tree, job } = await backUp(test, sourceTree(picked(FILES, ['empty'])), chunks);
    await assertHolds(chunks, root, FILES);
    assert.deepEqual(tree.chunkIds, new Set(chunks.byId.keys()));
    const bytes = Object.values(FILES).reduce((sum, content) => sum + content.length, 0);
    assert.deepEqual(tree.totals, { files: 5, folders: 3, bytes });
    assert.equal(job.progress().bytesDone, bytes);
  });

  it('that is empty is a snapshot of nothing', async (test) => {
    const chunks = new StoredChunks();
    const { root, tree } = await backUp(test, sourceTree(picked({})), chunks);
    assert.deepEqual([root, tree.chunkIds.size, tree.totals.files], [[], 0, 0]);
  });

  it('that is as it was stores nothing again and needs the same chunks', async (test) => {
    const chunks = new StoredChunks();
    const first = await backUp(test, sourceTree(picked(FILES)), chunks);
    chunks.calls = 0;
    const second = await backUp(test, sourceTree(picked(FILES)), chunks, { earlier: [first.root] });
    assert.equal(chunks.calls, 0);
    assert.deepEqual(second.root, first.root);
    assert.deepEqual(second.tree.chunkIds, first.tree.chunkIds);
    assert.deepEqual(second.tree.totals, first.tree.totals);
  });

  it('of which one file changed stores that file and the folders above it', async (test) => {
    const chunks = new StoredChunks();
    const first = await backUp(test, sourceTree(picked(FILES)), chunks);
    const changed = { ...FILES, 'deep/er/b.bin': seededRandom(9).bytes(70_001) };
    const before = chunks.byId.size;
    const second = await backUp(test, sourceTree(picked(changed)), chunks, { earlier: [first.root] });
    assert.equal(chunks.byId.size - before, 2);
    await assertHolds(chunks, second.root, changed);
    await assertHolds(chunks, first.root, FILES);
  });

  it('whose chunks the server lost is read and stored again', async (test) => {
    const chunks = new StoredChunks();
    const first = await backUp(test, sourceTree(picked(FILES)), chunks);
    for (const [id, { kind }] of [...chunks.byId].slice(1)) if (kind === 'content') chunks.byId.delete(id);
    const second = await backUp(test, sourceTree(picked(FILES)), chunks, { earlier: [first.root] });
    await assertHolds(chunks, second.root, FILES);
    for (const id of second.tree.chunkIds) assert.ok(chunks.byId.has(id), id);
  });

  it('whose folders the server lost or damaged is walked anew', async (test) => {
    const chunks = new StoredChunks();
    const first = await backUp(test, sourceTree(picked(FILES)), chunks);
    for (const [id, chunk] of chunks.byId) {
      if (chunk.kind === 'folders')
        chunks.byId.set(id, { ...chunk, content: Buffer.alloc(chunk.content.length, 1) });
    }
    const damaged = await backUp(test, sourceTree(picked(FILES)), chunks, { earlier: [first.root] });
    assert.equal(damaged.job.progress().problemsTotal, 0);
    for (const [id, { kind }] of chunks.byId) if (kind === 'folders') chunks.byId.delete(id);
    const second = await backUp(test, sourceTree(picked(FILES)), chunks, { earlier: [first.root] });
    await assertHolds(chunks, second.root, FILES);
  });
});

/** Names and content of many small files, as in folders of source code. */
function smallFiles(count: number, folder: string): Record<string, Uint8Array<ArrayBuffer>> {
  const names = Array.from({ length: count }, (_, n) => `${folder}/${n % 7}/file ${n}`);
  return Object.fromEntries(names.map((name, n) => [name, seededRandom(n).bytes(n % 500)]));
}

function contentBytes(chunks: StoredChunks): number {
  return chunks.lengths('content').reduce((sum, length) => sum + length, 0);
}

describe('content that the vault holds already', () => {
  it('isn’t stored again when its folder is renamed or moved', async (test) => {
    const chunks = new StoredChunks();
    const before = smallFiles(300, 'old name');
    const first = await backUp(test, sourceTree(picked(before)), chunks);
    const stored = contentBytes(chunks);
    const after = smallFiles(300, 'deeper/new name');
    const second = await backUp(test, sourceTree(picked(after)), chunks, { earlier: [first.root] });
    assert.equal(contentBytes(chunks), stored);
    await assertHolds(chunks, second.root, after);
    assert.equal(second.tree.filesRead, 300);
    // The renamed folder keeps its nodes; only those above it are new.
    const [folders = 0, added = 0, ...more] = chunks.lengths('folders');
    assert.ok(more.length === 0 && added < folders / 50, `${added} of ${folders}`);
  });

  it('is told by the same entries when everything is read again, and every folder stays', async (test) => {
    const chunks = new StoredChunks();
    // Copies: the same content lies at several paths, and each path must find its own place again.
    const files = { ...FILES, ...smallFiles(100, 'a'), ...smallFiles(100, 'b') };
    const first = await backUp(test, sourceTree(picked(files)), chunks);
    const stored = chunks.byId.size;
    const second = await backUp(test, sourceTree(picked(files)), chunks, {
      earlier: [first.root],
      isFull: true,
    });
    assert.equal(second.tree.filesRead, Object.keys(files).length);
    assert.deepEqual(second.root, first.root);
    assert.deepEqual(second.tree.chunkIds, first.tree.chunkIds);
    assert.equal(chunks.byId.size, stored);
  });

  it('isn’t stored twice by one backup, nor where another source has it', async (test) => {
    const chunks = new StoredChunks();
    const other = await backUp(test, sourceTree(picked(smallFiles(100, 'there'))), chunks);
    const stored = contentBytes(chunks);
    const here = { ...smallFiles(100, 'here'), ...smallFiles(100, 'and here') };
    const { root } = await backUp(test, sourceTree(picked(here)), chunks, { others: [other.root] });
    assert.equal(contentBytes(chunks), stored);
    await assertHolds(chunks, root, here);

    const twice = new StoredChunks();
    await backUp(test, sourceTree(picked(here)), twice);
    assert.equal(contentBytes(twice), stored);
  });

  it('is stored again where the server lost it', async (test) => {
    const chunks = new StoredChunks();
    const files = smallFiles(50, 'a');
    const first = await backUp(test, sourceTree(picked(files)), chunks);
    for (const [id, { kind }] of [...chunks.byId]) if (kind === 'content') chunks.byId.delete(id);
    const moved = smallFiles(50, 'b');
    const second = await backUp(test, sourceTree(picked(moved)), chunks, { earlier: [first.root] });
    await assertHolds(chunks, second.root, moved);
  });
});

describe('a backup that is stopped early', () => {
  /** A tree whose file `at` stops the job when it is opened. */
  function stoppingAt(
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
    at: string,
    job: Job,
  ): SourceFolder {
    const root = sourceTree(picked(files));
    const watched = (folder: SourceFolder): SourceFolder => ({
      ...folder,
      list: async () =>
        (await folder.list()).map((entry) => {
          if (entry.kind === 'folder') return watched(entry);
          if (entry.name !== at) return entry;
          return {
            ...entry,
            open: async () => {
              // What comes before it in the walk is read by then.
              await new Promise((resolve) => setTimeout(resolve, 200));
              job.stop();
              return entry.open();
            },
          };
        }),
    });
    return watched(root);
  }

  it('holds what was complete by then, and the next one reads the rest alone', async (test) => {
    const chunks = new StoredChunks();
    const files = {
      'a/1': seededRandom(1).bytes(1_000),
      'a/2': seededRandom(2).bytes(3 * MIB),
      'b/1': seededRandom(3).bytes(1_000),
      'c/stop': seededRandom(4).bytes(1_000),
      'd/1': seededRandom(5).bytes(1_000),
    };
    const first = await backUp(test, sourceTree(picked({ 'd/1': files['d/1'] })), chunks);
    const job = newJob();
    const cut = await backUp(test, stoppingAt(files, 'stop', job), chunks, { job, earlier: [first.root] });
    assert.equal(cut.tree.isCut, true);
    assert.equal(job.progress().problemsTotal, 0);
    const { 'a/1': a1, 'a/2': a2, 'b/1': b1 } = files;
    await assertHolds(chunks, cut.root, { 'a/1': a1, 'a/2': a2, 'b/1': b1 });

    // What the part lacks is found in the snapshot before it.
    const next = await backUp(test, sourceTree(picked(files)), chunks, { earlier: [cut.root, first.root] });
    assert.deepEqual([next.tree.isCut, next.tree.filesRead], [false, 1]);
    await assertHolds(chunks, next.root, files);
  });

  it('ends likewise where the browser takes the permission back', async (test) => {
    const chunks = new StoredChunks();
    const job = newJob();
    const forbidden: SourceEntry = {
      kind: 'folder',
      name: 'b',
      list: async () => Promise.reject(new HoldfastError('permission-needed')),
    };
    const root = sourceTree(picked({ a: FILES['a.txt'], c: FILES['a.txt'] }));
    const source = { ...root, list: async () => [...(await root.list()), forbidden] };
    const { tree } = await backUp(test, source, chunks, { job });
    assert.equal(tree.isCut, true);
    assert.ok(tree.totals.files <= 1);
    const reason: unknown = job.stopping.reason;
    assert.ok(reason instanceof HoldfastError && reason.code === 'permission-needed');
  });
});

describe('what can’t be backed up', () => {
  const sound = picked({ 'a.txt': FILES['a.txt'], 'z/b.bin': FILES['deep/er/b.bin'] });

  /** The root of `sound` with more in it. */
  function withChildren(...more: readonly SourceEntry[]): SourceFolder {
    const root = sourceTree(sound);
    return { ...root, list: async () => [...(await root.list()), ...more] };
  }

  function fileNamed(name: string): SourceEntry {
    return {
      kind: 'file',
      name,
      open: async () => Promise.resolve(new File(['x'], name, { lastModified: 0 })),
    };
  }

  async function problemsOf(test: TestContext, source: SourceFolder): Promise<(string | undefined)[][]> {
    const chunks = new StoredChunks();
    const { root, job } = await backUp(test, source, chunks);
    const read = await readBack(chunks, root);
    assert.ok(read.get('a.txt')?.equals(FILES['a.txt']));
    assert.ok(read.get('z/b.bin')?.equals(FILES['deep/er/b.bin']));
    assert.equal(job.progress().problemsTotal, job.progress().problems.length);
    return job.progress().problems.map(({ code, path }) => [code, path]);
  }

  it('is named, and the rest is backed up without it', async (test) => {
    const refuse = async (): Promise<never> => Promise.reject(new HoldfastError('source-unreadable'));
    const source = withChildren(
      { kind: 'file', name: 'locked', open: refuse },
      { kind: 'folder', name: 'no entry', list: refuse },
      fileNamed('n'.repeat(1_025)),
      fileNamed('..'),
      fileNamed('a/b'),
    );
    const problems = await problemsOf(test, source);
    assert.deepEqual(problems.sort(), [
      ['name-too-long', 'n'.repeat(1_025)],
      ['path-unsafe', '..'],
      ['path-unsafe', 'a/b'],
      ['source-unreadable', 'locked'],
      ['source-unreadable', 'no entry'],
    ]);
  });

  it('is one of two things whose names look alike to the browser: one is kept, the other named', async (test) => {
    const source = withChildren(
      fileNamed('caf\ufffd'),
      fileNamed('caf\ufffd'),
      fileNamed('\ud800'),
      fileNamed('\udfff'),
    );
    assert.deepEqual(await problemsOf(test, source), [
      ['name-ambiguous', 'caf\ufffd'],
      ['name-ambiguous', '\udfff'],
    ]);
  });

  it('stops the whole backup only where going on is useless', async (test) => {
    const chunks = new StoredChunks();
    chunks.gate = Promise.reject(new HoldfastError('storage-failed'));
    chunks.gate.catch(() => undefined);
    await assertRejectsCode(backUp(test, sourceTree(sound), chunks), 'storage-failed');
  });
});

describe('a tree that is nested beyond the limit', () => {
  it('is backed up but for what lies too deep', async (test) => {
    const files = { 'top.txt': FILES['a.txt'], [`${'d/'.repeat(300)}deep.txt`]: FILES['a.txt'] };
    const chunks = new StoredChunks();
    const { root, job } = await backUp(test, sourceTree(picked(files)), chunks);
    assert.deepEqual([...(await readBack(chunks, root)).keys()], ['top.txt']);
    assert.deepEqual(
      job.progress().problems.map(({ code }) => code),
      ['name-too-long'],
    );
  });
});
