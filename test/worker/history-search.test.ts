/** What looks into many snapshots at once: walking together, searching names, the versions of a file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Extent } from '../../shared/format/folder-node.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { fileStates } from '../../web/worker/history/file-versions.ts';
import { folded } from '../../web/worker/history/folding.ts';
import { mapAhead } from '../../web/worker/history/map-ahead.ts';
import { LeafNames } from '../../web/worker/history/leaf-names.ts';
import { searchNames } from '../../web/worker/history/name-search.ts';
import type { SearchParts } from '../../web/worker/history/name-search.ts';
import { walkTogether } from '../../web/worker/history/walk-together.ts';
import type { ReadNode, UnreadableRun } from '../../web/worker/history/walk-together.ts';
import { StoredTrees, file } from './stored-trees.ts';
import type { Tree } from './stored-trees.ts';

type Roots = readonly (readonly Extent[])[];

function never(run: UnreadableRun): void {
  throw run.error;
}

async function written(trees: StoredTrees, snapshots: readonly Tree[]): Promise<Roots> {
  const roots: (readonly Extent[])[] = [];
  for (const tree of snapshots) roots.push(await trees.write(tree));
  trees.reads.length = 0;
  return roots;
}

function partsOf({ read }: StoredTrees): SearchParts {
  return { read, leaves: new LeafNames() };
}

/** Path and snapshots of each hit. */
async function search(snapshots: readonly Tree[], text: string, limit = 100): Promise<[string, number[]][]> {
  const trees = new StoredTrees();
  const hits = await searchNames(partsOf(trees), [await written(trees, snapshots)], text, limit, never);
  return hits.map(({ path, members }) => [path.join('/'), [...members]]);
}

/** A tree whose files and folders are many, and a hundred states of it that differ in one file each. */
function hundredStates(): Tree[] {
  const folder = (n: number): Tree =>
    Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`${String(i)}.txt`, file(`${String(n)} ${String(i)}`)]),
    );
  const base = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`folder ${String(n)}`, folder(n)]));
  return Array.from({ length: 100 }, (_, state) => ({ ...base, 'log.txt': file(`log ${String(state)}`) }));
}

describe('walking many snapshots together', () => {
  it('reads what they share once', async () => {
    const trees = new StoredTrees();
    const roots = await written(trees, hundredStates());
    const runs = [];
    for await (const run of walkTogether(trees.read, roots)) runs.push(run);
    assert.equal(trees.reads.length, 100 + 40);
    assert.equal(new Set(trees.reads).size, trees.reads.length);
    const below = runs.filter(({ path }) => path.length === 1);
    assert.equal(below.length, 40);
    for (const { members } of below) assert.equal(new Set(members).size, 100);
  });

  it('finds in each snapshot exactly what is in it, whatever the trees', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.dictionary(
        name,
        fc.oneof({ depthSize: 'small' }, fc.constantFrom(file('x'), file('y')), tie('tree')),
        {
          maxKeys: 4,
        },
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { maxLength: 6 }), async (snapshots) => {
        const trees = new StoredTrees();
        const roots = await written(trees, snapshots);
        const found = snapshots.map(() => new Set<string>());
        for await (const run of walkTogether(trees.read, roots)) {
          assert.ok(run.kind === 'run');
          for (const { kind, name: each } of run.entries) {
            for (const member of run.members) found[member]?.add(`${kind} ${[...run.path, each].join('/')}`);
          }
        }
        assert.deepEqual(
          found,
          snapshots.map((each) => new Set(entriesOf(each))),
        );
      }),
    );
  });

  it('goes on beside what can’t be read', async () => {
    const trees = new StoredTrees();
    const roots = await written(trees, [{ a: { x: file('x') }, b: { y: file('y') }, c: file('c') }]);
    const failing: ReadNode = async (node) => {
      const entries = await trees.read(node);
      if (entries.some(({ name }) => name === 'x')) throw new HoldfastError('storage-damaged');
      return entries;
    };
    const seen: string[] = [];
    for await (const run of walkTogether(failing, roots)) {
      if (run.kind === 'unreadable') seen.push(`unreadable ${run.path.join('/')}`);
      else seen.push(...run.entries.map(({ name }) => name));
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'unreadable a', 'y']);
  });

  it('doesn’t follow a folder that is in itself for ever', async () => {
    const self = { chunkId: 'aa'.repeat(32), offset: 0, lengthBytes: 1 } as Extent;
    let depth = 0;
    const read: ReadNode = async () => {
      depth += 1;
      return Promise.resolve([{ kind: 'folder', name: 'again', nodes: [self] }]);
    };
    const kinds = new Set<string>();
    for await (const { kind } of walkTogether(read, [[self]])) kinds.add(kind);
    assert.deepEqual([...kinds], ['run', 'unreadable']);
    assert.ok(depth < 1_000);
  });
});

function entriesOf(tree: Tree, path = ''): string[] {
  return Object.entries(tree).flatMap(([name, child]) =>
    typeof child.sizeBytes === 'number'
      ? [`file ${path}${name}`]
      : [`folder ${path}${name}`, ...entriesOf(child as Tree, `${path}${name}/`)],
  );
}

describe('a search', () => {
  it('doesn’t mind letter case, nor how accents are composed', () => {
    for (const [a, b] of [
      ['Été.txt', 'e\u0301TE\u0301.TXT'],
      ['STRASSE', 'straße'],
      ['ΟΔΟΣ', 'οδος'],
      ['Ångström', 'A\u030angstro\u0308m'],
    ] as const)
      assert.equal(folded(a), folded(b));
    assert.notEqual(folded('e'), folded('é'));
  });

  it('finds files and folders by any part of their names, in every snapshot that holds exactly them', async () => {
    const first = { Photos: { 'beach.jpg': file('b') }, 'photo list.txt': file('one') };
    const second = {
      Photos: { 'beach.jpg': file('b'), 'My Photo.png': file('m') },
      'photo list.txt': file('two'),
    };
    assert.deepEqual(await search([second, first], 'PHOTO'), [
      ['Photos', [0, 1]],
      ['photo list.txt', [0]],
      ['photo list.txt', [1]],
      ['Photos/My Photo.png', [0]],
    ]);
  });

  it('knows a file again whose bytes were moved to another bundle', async () => {
    const [before, after] = [
      { 'a.txt': file('a') },
      { 'a.txt': file('a', 100, { place: 'elsewhere' }), b: file('b') },
    ];
    assert.deepEqual(await search([after, before], 'a.txt'), [['a.txt', [0, 1]]]);
  });

  it('gives what fits best first, and no more than asked for', async () => {
    const tree = {
      'contains log.txt': file('1'),
      deep: { deeper: { log: file('2') } },
      'log.txt': file('3'),
      logs: {},
    };
    assert.deepEqual(
      (await search([tree], 'log', 3)).map(([path]) => path),
      ['deep/deeper/log', 'log.txt', 'logs'],
    );
  });

  it('takes no more memory for a hundred snapshots of many files, and reads each folder once', async () => {
    const trees = new StoredTrees();
    const roots = await written(trees, hundredStates());
    const hits = await searchNames(partsOf(trees), [roots], '.txt', 10, never);
    assert.equal(hits.length, 10);
    assert.equal(trees.reads.length, 140);
    const all = await searchNames(partsOf(trees), [roots], '7.txt', 1_000, never);
    assert.equal(all.length, 40 * 5);
    for (const { members } of all) assert.equal(members.length, 100);
  });

  it('that goes on from another one reads only what may hold something, and finds the same', async () => {
    const trees = new StoredTrees();
    const roots = await written(trees, hundredStates());
    const parts = partsOf(trees);
    await searchNames(parts, [roots], '4', 1_000, never);
    trees.reads.length = 0;
    const again = await searchNames(parts, [roots], '49.t', 1_000, never);
    assert.equal(trees.reads.length, 140);
    assert.deepEqual(again, await searchNames(partsOf(trees), [roots], '49.t', 1_000, never));
    trees.reads.length = 0;
    assert.deepEqual(await searchNames(parts, [roots], '49.x', 1_000, never), []);
    assert.equal(trees.reads.length, 100, 'the roots alone');
  });

  it('keeps sources apart', async () => {
    const trees = new StoredTrees();
    const roots = await written(trees, [{ a: file('same') }, { a: file('same') }]);
    const hits = await searchNames(
      partsOf(trees),
      roots.map((root) => [root]),
      'a',
      10,
      never,
    );
    assert.deepEqual(
      hits.map(({ source, members }) => [source, members]),
      [
        [0, [0]],
        [1, [0]],
      ],
    );
  });
});

describe('the versions of a file', () => {
  async function versions(snapshots: readonly Tree[], path: string): Promise<[number, number[]][]> {
    const trees = new StoredTrees();
    const roots = await written(trees, snapshots);
    const states = await fileStates(trees.read, roots, path.split('/'), never);
    return states.map(({ file: { sizeBytes }, members }) => [sizeBytes, [...members]]);
  }

  it('are its states, newest first, each with all snapshots that hold it', async () => {
    const [one, two] = [{ d: { f: file('1', 1) } }, { d: { f: file('2', 2), other: file('o') } }];
    const none = { d: { other: file('o') } };
    assert.deepEqual(await versions([two, none, one, two, one], 'd/f'), [
      [2, [0, 3]],
      [1, [2, 4]],
    ]);
  });

  it('are told apart by their time, and not by where equal bytes lie', async () => {
    const snapshots = [
      { f: file('a', 10, { modifiedAtMs: 5 }) },
      { f: file('a', 10, { place: 'another bundle' }) },
      { f: file('a', 10) },
    ];
    assert.deepEqual(await versions(snapshots, 'f'), [
      [10, [0]],
      [10, [1, 2]],
    ]);
  });

  it('are none of what is a folder or isn’t there', async () => {
    for (const path of ['d', 'd/none', 'none/f', 'f/g'])
      assert.deepEqual(await versions([{ d: { x: file('x') }, f: file('f') }], path), []);
  });

  it('need the folders on the way and no others', async () => {
    const trees = new StoredTrees();
    const roots = await written(trees, hundredStates());
    await fileStates(trees.read, roots, ['folder 3', '7.txt'], never);
    assert.equal(trees.reads.length, 101);
  });
});

describe('working ahead', () => {
  it('keeps the order and the bound', async () => {
    let running = 0;
    const seen: number[] = [];
    const work = async (n: number): Promise<number> => {
      running += 1;
      assert.ok(running <= 3);
      await new Promise((resolve) => setTimeout(resolve, n % 3));
      running -= 1;
      return n * n;
    };
    for await (const [item, result] of mapAhead([1, 2, 3, 4, 5, 6, 7], 3, work)) {
      assert.equal(result, item * item);
      seen.push(item);
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7]);
  });

  it('brings a failure to its item’s turn', async () => {
    const seen: number[] = [];
    const fails = async (n: number): Promise<number> =>
      n === 3 ? Promise.reject(new HoldfastError('cancelled')) : Promise.resolve(n);
    await assert.rejects(async () => {
      for await (const [item] of mapAhead([1, 2, 3, 4], 4, fails)) seen.push(item);
    });
    assert.deepEqual(seen, [1, 2]);
  });
});
