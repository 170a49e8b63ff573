import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../shared/errors.ts';
import { compareNames } from '../../shared/format/folder-node.ts';
import type { SourceEntry, SourceFile, SourceFolder } from '../../web/worker/backup/source-tree.ts';
import { WalkAhead } from '../../web/worker/backup/walk-ahead.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';

const MOST_AHEAD = 256;

/** Counts what is asked of a source. */
class Watched {
  readonly opened: string[] = [];
  readonly listed: string[] = [];

  file(name: string, failure?: HoldfastError): SourceFile {
    return {
      kind: 'file',
      name,
      open: async () => {
        this.opened.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        if (failure !== undefined) throw failure;
        return new File([name], name);
      },
    };
  }

  files(count: number, prefix: string): SourceFile[] {
    return Array.from({ length: count }, (_, n) => this.file(`${prefix}${String(n).padStart(6, '0')}`));
  }

  folder(name: string, entries: readonly SourceEntry[], failure?: HoldfastError): SourceFolder {
    return {
      kind: 'folder',
      name,
      list: async () => {
        this.listed.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        if (failure !== undefined) throw failure;
        return entries;
      },
    };
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Names of all files in the order of the walk; what `isWanted` refuses is passed over. */
async function walk(
  folder: SourceFolder,
  isWanted: (entry: SourceEntry) => boolean = () => true,
  onFile: () => void = () => undefined,
): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await folder.list()) {
    if (!isWanted(entry)) continue;
    if (entry.kind === 'folder') names.push(...(await walk(entry, isWanted, onFile)));
    else names.push(await (await entry.open()).text());
    onFile();
  }
  return names;
}

describe('a walk with somebody ahead', () => {
  it('finds the files of folders to come open already, up to a bound', async () => {
    const source = new Watched();
    const folders = Array.from({ length: 20 }, (_, n) =>
      source.folder(`folder ${10 + n}`, source.files(30, `${10 + n} `)),
    );
    const ahead = new WalkAhead(source.folder('root', folders));
    await settled();
    // Folders count, too.
    assert.ok(source.opened.length > MOST_AHEAD - 20 && source.opened.length < MOST_AHEAD);
    let passed = 0;
    const names = await walk(ahead.root, undefined, () => {
      passed += 1;
      assert.ok(source.opened.length <= passed + MOST_AHEAD, `${source.opened.length} at ${passed}`);
    });
    assert.deepEqual(names, source.opened);
    assert.equal(names.length, 600);
  });

  it('doesn’t list many large folders before it comes to them', async () => {
    const source = new Watched();
    const folders = Array.from({ length: 6 }, (_, n) =>
      source.folder(`folder ${n}`, source.files(5_000, `${n} `)),
    );
    const ahead = new WalkAhead(source.folder('root', folders));
    await settled();
    // The root, the first folder, and maybe one that was asked for before it was known how large they are.
    assert.ok(source.listed.length <= 3, source.listed.join());
    const [first, second] = await ahead.root.list();
    assert.ok(first?.kind === 'folder' && second?.kind === 'folder');
    for (const file of await first.list()) if (file.kind === 'file') await file.open();
    await settled();
    assert.ok(source.listed.length <= 4, source.listed.join());
    assert.equal((await second.list()).length, 5_000);
  });

  it('meets each failure at its own entry', async () => {
    const source = new Watched();
    const unreadable = new HoldfastError('source-unreadable');
    const ahead = new WalkAhead(
      source.folder('root', [
        source.file('a', unreadable),
        source.folder('b', [], new HoldfastError('permission-needed')),
        source.file('c'),
      ]),
    );
    await settled();
    const [a, b, c] = await ahead.root.list();
    assert.ok(a?.kind === 'file' && b?.kind === 'folder' && c?.kind === 'file');
    await assertRejectsCode(a.open(), 'source-unreadable');
    await assertRejectsCode(b.list(), 'permission-needed');
    assert.equal(await (await c.open()).text(), 'c');
    await assertRejectsCode(
      new WalkAhead(source.folder('root', [], unreadable)).root.list(),
      'source-unreadable',
    );
  });

  it('opens a file again if it is asked for again', async () => {
    const source = new Watched();
    const ahead = new WalkAhead(source.folder('root', source.files(3, '')));
    const [file] = await ahead.root.list();
    assert.ok(file?.kind === 'file');
    assert.notEqual(await file.open(), await file.open());
    assert.equal(source.opened.filter((name) => name === file.name).length, 2);
  });

  it('opens and lists nothing more once it has ended', async () => {
    const source = new Watched();
    const folders = Array.from({ length: 20 }, (_, n) =>
      source.folder(`f ${10 + n}`, source.files(100, `${n} `)),
    );
    const ahead = new WalkAhead(source.folder('root', folders));
    await settled();
    ahead.end();
    const before = [source.opened.length, source.listed.length];
    await ahead.root.list();
    await settled();
    assert.deepEqual([source.opened.length, source.listed.length], before);
  });

  it('comes to every entry in order, whatever the tree and whatever it passes over', async () => {
    const anyTree = fc.memo((depth) =>
      fc.array(
        fc.record({
          isWanted: fc.boolean(),
          files: fc.nat(300),
          below: depth > 1 ? anyTree() : fc.constant([]),
        }),
        { maxLength: 3 },
      ),
    ) as fc.Memo<readonly TreeShape[]>;
    await fc.assert(
      fc.asyncProperty(anyTree(3), async (shape) => {
        const source = new Watched();
        const root = folderOf(source, 'root wanted', shape);
        const expected = await walk(sorted(root), isWanted);
        source.opened.length = 0;
        const ahead = new WalkAhead(root);
        assert.deepEqual(await walk(ahead.root, isWanted), expected);
        const opened = new Set(source.opened);
        assert.equal(opened.size, source.opened.length, 'a file was opened twice');
        assert.ok(expected.every((name) => opened.has(name)));
      }),
      { numRuns: 20 },
    );
  });
});

interface TreeShape {
  readonly isWanted: boolean;
  readonly files: number;
  readonly below: readonly TreeShape[];
}

function folderOf(source: Watched, name: string, shape: readonly TreeShape[]): SourceFolder {
  const entries = shape.flatMap(({ isWanted: wanted, files, below }, n) => [
    folderOf(source, `${name}/${n}${wanted ? ' wanted' : ''}`, below),
    ...source.files(files, `${name}/${n}/wanted `),
    source.file(`${name}/${n}/passed over`),
  ]);
  return source.folder(name, entries);
}

function isWanted({ name }: SourceEntry): boolean {
  return name.slice(name.lastIndexOf('/')).includes('wanted');
}

/** The same source with its folders in order. */
function sorted(folder: SourceFolder): SourceFolder {
  return {
    ...folder,
    list: async () =>
      (await folder.list())
        .toSorted((a, b) => compareNames(a.name, b.name))
        .map((entry) => (entry.kind === 'folder' ? sorted(entry) : entry)),
  };
}
