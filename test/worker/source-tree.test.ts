import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PickedSource } from '../../web/bridge/engine-api.ts';
import { sourceTree } from '../../web/worker/backup/source-tree.ts';
import type { SourceEntry, SourceFolder } from '../../web/worker/backup/source-tree.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';

function picked(paths: readonly string[], folders: readonly string[] = []): PickedSource {
  return {
    kind: 'files',
    files: paths.map((path) => ({
      path: path.split('/'),
      file: new File([path], path.split('/').at(-1) ?? ''),
    })),
    folders: folders.map((path) => path.split('/')),
  };
}

/** Every path below a folder; folders end with a slash. */
async function pathsOf(folder: SourceFolder, prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await folder.list()) {
    const path = prefix + entry.name;
    if (entry.kind === 'file') paths.push(path);
    else paths.push(`${path}/`, ...(await pathsOf(entry, `${path}/`)));
  }
  return paths.sort();
}

async function entryAt(root: SourceFolder, path: string): Promise<SourceEntry> {
  let entry: SourceEntry = root;
  for (const name of path.split('/')) {
    assert.ok(entry.kind === 'folder');
    const found: SourceEntry | undefined = (await entry.list()).find((child) => child.name === name);
    assert.ok(found, path);
    entry = found;
  }
  return entry;
}

/** As much of a browser's handle as a walk needs. */
function handle(name: string, children?: readonly FileSystemHandle[]): FileSystemHandle {
  if (children === undefined) {
    const file = { kind: 'file', name, getFile: async () => Promise.resolve(new File([name], name)) };
    return file as unknown as FileSystemFileHandle;
  }
  const folder = {
    kind: 'directory',
    name,
    values: () => asyncValues(children),
  };
  return folder as unknown as FileSystemDirectoryHandle;
}

async function* asyncValues<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

describe('a picked list of files', () => {
  it('becomes the tree that its paths tell', async () => {
    const root = sourceTree(picked(['a.txt', 'docs/b.txt', 'docs/deep/er/c.txt']));
    assert.deepEqual(await pathsOf(root), [
      'a.txt',
      'docs/',
      'docs/b.txt',
      'docs/deep/',
      'docs/deep/er/',
      'docs/deep/er/c.txt',
    ]);
  });

  it('keeps folders that are empty, and those that are named twice once', async () => {
    const root = sourceTree(picked(['x/a'], ['x', 'empty', 'empty/inner', 'empty']));
    assert.deepEqual(await pathsOf(root), ['empty/', 'empty/inner/', 'x/', 'x/a']);
  });

  it('opens the very file that was picked at its path', async () => {
    const root = sourceTree(picked(['same', 'x/same', 'x/y/same']));
    for (const path of ['same', 'x/same', 'x/y/same']) {
      const entry = await entryAt(root, path);
      assert.ok(entry.kind === 'file');
      assert.equal(await (await entry.open()).text(), path);
    }
  });

  it('swallows none of two files that the browser gives one name', async () => {
    const root = sourceTree(picked(['x/\ufffd', 'x/\ufffd']));
    assert.deepEqual(await pathsOf(root), ['x/', 'x/\ufffd', 'x/\ufffd']);
  });

  it('can be a single file, and nothing at all', async () => {
    assert.deepEqual(await pathsOf(sourceTree(picked(['one']))), ['one']);
    assert.deepEqual(await pathsOf(sourceTree(picked([]))), []);
  });

  it('takes names that mean something to JavaScript like any other', async () => {
    const names = ['__proto__/constructor', 'constructor/__proto__', 'toString'];
    const root = sourceTree(picked(names));
    assert.deepEqual(
      (await pathsOf(root)).filter((path) => !path.endsWith('/')),
      names.toSorted(),
    );
  });
});

describe('a picked folder handle', () => {
  it('is walked as far as asked and no further', async () => {
    const root = sourceTree({
      kind: 'handle',
      handle: handle('root', [handle('a'), handle('sub', [handle('b')])]) as FileSystemDirectoryHandle,
    });
    assert.equal(root.name, 'root');
    assert.deepEqual(await pathsOf(root), ['a', 'sub/', 'sub/b']);
    const file = await entryAt(root, 'sub/b');
    assert.ok(file.kind === 'file');
    assert.equal(await (await file.open()).text(), 'b');
  });

  it('that may not be read says so with a code', async () => {
    const refusal = new DOMException('no permission', 'NotAllowedError');
    const refuse = (): never => {
      throw refusal;
    };
    const folder = { kind: 'directory', name: 'x', values: refuse } as unknown as FileSystemDirectoryHandle;
    await assertRejectsCode(sourceTree({ kind: 'handle', handle: folder }).list(), 'permission-needed');
    const gone = {
      kind: 'file',
      name: 'f',
      getFile: async () => Promise.reject(new DOMException('gone', 'NotFoundError')),
    } as unknown as FileSystemFileHandle;
    const root = sourceTree({ kind: 'handle', handle: handle('root', [gone]) as FileSystemDirectoryHandle });
    const [file] = await root.list();
    assert.ok(file?.kind === 'file');
    await assertRejectsCode(file.open(), 'source-unreadable');
  });

  it('that fails while it is read says so too', async () => {
    const folder = {
      kind: 'directory',
      name: 'x',
      values: async function* () {
        yield await Promise.resolve(handle('a'));
        throw new DOMException('the disk is gone', 'NotReadableError');
      },
    } as unknown as FileSystemDirectoryHandle;
    await assertRejectsCode(sourceTree({ kind: 'handle', handle: folder }).list(), 'source-unreadable');
  });
});
