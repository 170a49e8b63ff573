import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Entry, Extent } from '../../shared/format/folder-node.ts';
import type { EntryChange, SnapshotDiff } from '../../web/bridge/history-api.ts';
import { systemClock } from '../../web/worker/clock.ts';
import { diffTrees } from '../../web/worker/history/diff.ts';
import { Pace } from '../../web/worker/history/pace.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import type { FolderReader } from '../../web/worker/vault/folder-reader.ts';
import { StoredTrees, file } from './stored-trees.ts';
import type { Tree, TreeFile } from './stored-trees.ts';

const LARGE = 200_000;

async function diff(trees: StoredTrees, before: Tree, after: Tree): Promise<SnapshotDiff> {
  const roots = [await trees.write(before), await trees.write(after)] as const;
  trees.reads.length = 0;
  const { signal } = new AbortController();
  return diffTrees(trees.folders, ...roots, new Pace(systemClock, signal), signal);
}

async function told(before: Tree, after: Tree): Promise<string[]> {
  const { changes } = await diff(new StoredTrees(), before, after);
  return changes.map(lineOf);
}

function lineOf(change: EntryChange): string {
  const from = change.kind === 'moved' ? ` from ${change.from.join('/')}` : '';
  return `${change.kind} ${change.path.join('/')}${from}`;
}

/** Five hundred folders of ten files. */
function wide(): Record<string, Tree> {
  return Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [
      `folder ${String(i)}`,
      Object.fromEntries(
        Array.from({ length: 10 }, (__, j) => [`${String(j)}.txt`, file(`${String(i)} ${String(j)}`)]),
      ),
    ]),
  );
}

describe('what changed between two snapshots', () => {
  it('is told by path: added, removed, changed and moved, with their sizes', async () => {
    const before = {
      'a.txt': file('a', 10),
      'b.txt': file('b', 20),
      docs: { 'c.txt': file('c', 30), 'same.txt': file('s') },
      'z.txt': file('z', 40),
    };
    const after = {
      'b.txt': file('b2', 25),
      docs: { new: { 'c.txt': file('c', 30) }, 'same.txt': file('s') },
      'n.txt': file('n', 50),
      'z.txt': file('z', 40),
    };
    const { changes, totals } = await diff(new StoredTrees(), before, after);
    assert.deepEqual(changes, [
      { kind: 'removed', path: ['a.txt'], sizeBytes: 10 },
      { kind: 'changed', path: ['b.txt'], sizeBytes: 25, sizeBeforeBytes: 20 },
      { kind: 'moved', path: ['docs', 'new', 'c.txt'], from: ['docs', 'c.txt'], sizeBytes: 30 },
      { kind: 'added', path: ['n.txt'], sizeBytes: 50 },
    ]);
    assert.deepEqual(totals, {
      added: { files: 1, bytes: 50 },
      removed: { files: 1, bytes: 10 },
      changed: { files: 1, bytes: 25 },
      moved: { files: 1, bytes: 30 },
    });
  });

  it('is nothing where only a time changed, or where the same content lies elsewhere', async () => {
    const before = { 'a.txt': file('a'), 'b.txt': file('b'), 'c.bin': file('c', LARGE) };
    const after = {
      'a.txt': file('a', 100, { modifiedAtMs: 2_000 }),
      'b.txt': file('b', 100, { place: 'another bundle' }),
      'c.bin': file('c', LARGE, { modifiedAtMs: 2_000 }),
    };
    assert.deepEqual(await told(before, after), []);
  });

  it('tells a file that became a folder, and the other way round', async () => {
    const [one, other] = [{ x: file('x') }, { x: { y: file('y') } }];
    assert.deepEqual(await told(one, other), ['removed x', 'added x/y']);
    assert.deepEqual(await told(other, one), ['added x', 'removed x/y']);
  });

  it('tells each of several equal files’ moves once, by name where it can', async () => {
    const before = { a: { '1': file('same'), '2': file('same') }, gone: file('same') };
    const after = { b: { '2': file('same'), '3': file('same') } };
    assert.deepEqual(await told(before, after), ['moved b/2 from a/2', 'moved b/3 from a/1', 'removed gone']);
  });

  it('never takes empty files for moved, nor large ones that differ in one chunk', async () => {
    assert.deepEqual(await told({ a: file('', 0) }, { b: file('', 0) }), ['removed a', 'added b']);
    assert.deepEqual(await told({ a: file('1', LARGE) }, { b: file('2', LARGE) }), ['removed a', 'added b']);
  });

  it('costs in proportion to the change: folders that are the same are not read', async () => {
    const trees = new StoredTrees();
    const tree = wide();
    const { changes } = await diff(trees, tree, { ...tree, 'folder 250': { 'only.txt': file('new') } });
    assert.equal(changes.length, 11);
    // The folder before and after, and the root’s runs.
    assert.ok(trees.reads.length < 10, `${String(trees.reads.length)} nodes were read`);
  });

  it('reads of a very large folder only the runs that differ', async () => {
    const trees = new StoredTrees();
    const names = Array.from({ length: 20_000 }, (_, i) => [`file ${String(i)}`, file(String(i))] as const);
    const before = Object.fromEntries(names);
    const old = await trees.write(before);
    const runs = new Map<string, Extent>();
    for (const node of old) runs.set(JSON.stringify(await trees.read(node)), node);
    const written = await trees.write({ ...before, 'file 7': file('new') });
    // As if the writer had kept the runs that are as before.
    const current: Extent[] = [];
    for (const node of written) current.push(runs.get(JSON.stringify(await trees.read(node))) ?? node);
    trees.reads.length = 0;
    const { signal } = new AbortController();
    const { changes } = await diffTrees(trees.folders, old, current, new Pace(systemClock, signal), signal);
    assert.deepEqual(changes.map(lineOf), ['changed file 7']);
    assert.ok(old.length > 20 && trees.reads.length === 2);
  });

  it('tells the first ten thousand changes, and counts all', async () => {
    const many = Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [String(i), file(String(i))]));
    const { changes, totals } = await diff(new StoredTrees(), {}, many);
    assert.equal(changes.length, 10_000);
    assert.deepEqual(totals.added, { files: 12_000, bytes: 1_200_000 });
  });

  it('doesn’t follow a folder that is in itself for ever', async () => {
    const self = { chunkId: 'aa'.repeat(32) as ChunkId, offset: 0, lengthBytes: 1 };
    const list = async (nodes: readonly Extent[]): Promise<Entry[]> =>
      Promise.resolve(nodes.map((node) => ({ kind: 'folder', name: 'again', nodes: [node] })));
    const { signal } = new AbortController();
    const going = diffTrees(
      { list } as unknown as FolderReader,
      [],
      [self],
      new Pace(systemClock, signal),
      signal,
    );
    await assertRejectsCode(going, 'malformed');
  });

  it('ends when it is cancelled', async () => {
    const trees = new StoredTrees();
    const roots = [await trees.write({}), await trees.write(wide())] as const;
    const controller = new AbortController();
    const { signal } = controller;
    const going = diffTrees(trees.folders, ...roots, new Pace(systemClock, signal), signal);
    controller.abort(new HoldfastError('cancelled'));
    await assertRejectsCode(going, 'cancelled');
  });

  it('leads from one snapshot to the other, whatever the trees', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'é', '\u{10000}', '\uffff');
    const anyFile = fc
      .tuple(fc.constantFrom('p', 'q', 'r'), fc.constantFrom(0, 10, LARGE))
      .map(([content, sizeBytes]) =>
        file(sizeBytes === 0 ? '' : `${content}${String(sizeBytes)}`, sizeBytes),
      );
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, anyFile, tie('tree')), { maxKeys: 5 }),
    }));
    await fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        const { changes } = await diff(new StoredTrees(), before, after);
        const paths = changes.map(({ path }) => path.join('/'));
        assert.equal(new Set(paths).size, paths.length, 'a path comes once');
        assert.deepEqual(applied(filesOf(before), changes, filesOf(after)), filesOf(after));
      }),
      { numRuns: 200 },
    );
  });
});

function filesOf(tree: Tree, path = ''): Map<string, TreeFile> {
  const files = Object.entries(tree).flatMap(([name, child]): [string, TreeFile][] =>
    typeof child.sizeBytes === 'number'
      ? [[path + name, child as TreeFile]]
      : [...filesOf(child as Tree, `${path}${name}/`)],
  );
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the changes make of the files before; what is added or changed is taken from `after`. */
function applied(
  before: ReadonlyMap<string, TreeFile>,
  changes: readonly EntryChange[],
  after: ReadonlyMap<string, TreeFile>,
): Map<string, TreeFile> {
  const files = new Map(before);
  for (const change of changes) files.delete((change.kind === 'moved' ? change.from : change.path).join('/'));
  for (const change of changes) {
    const path = change.path.join('/');
    const file = change.kind === 'moved' ? before.get(change.from.join('/')) : after.get(path);
    if (file !== undefined) files.set(path, file);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
