import { assert } from 'chai';
import type { PickedSource } from '../../../../web/bridge/engine-api.ts';
import { sourceFromEntries, sourceFromFiles, sourceFromHandle } from '../../../../web/bridge/pick.ts';

/** An entry of a dropped tree, as the browser gives it: folders read in batches, files by callback. */
interface Tree {
  readonly [name: string]: Tree | string | Error;
}

function entry(name: string, content: Tree | string | Error): FileSystemEntry {
  if (content instanceof Error)
    return fileEntry(name, (_done, failed) => {
      failed(content);
    });
  if (typeof content === 'string')
    return fileEntry(name, (done) => {
      done(new File([content], name));
    });
  return folderEntry(
    name,
    Object.entries(content).map(([child, inner]) => entry(child, inner)),
  );
}

function fileEntry(
  name: string,
  file: (done: (file: File) => void, failed: (error: Error) => void) => void,
): FileSystemEntry {
  return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry;
}

function folderEntry(name: string, children: readonly FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    let next = 0;
    return {
      readEntries: (done: (batch: readonly FileSystemEntry[]) => void) => {
        // Browsers give at most 100 at a time, and an empty batch at the end.
        const batch = children.slice(next, next + 100);
        next += 100;
        setTimeout(() => {
          done(batch);
        });
      },
    };
  };
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

function pathsOf(picked: PickedSource | undefined) {
  if (picked?.kind !== 'files') throw new Error('not a source of files');
  return {
    files: picked.files.map(({ path }) => path.join('/')).sort(),
    folders: picked.folders.map((path) => path.join('/')).sort(),
  };
}

function drop(...entries: readonly FileSystemEntry[]) {
  return sourceFromEntries(entries, () => undefined);
}

function relative(path: string): File {
  const file = new File(['x'], path.slice(path.lastIndexOf('/') + 1));
  Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}

describe('what was dropped', () => {
  it('as one folder is a source of that name, with paths below it and its empty folders', async () => {
    const source = await drop(entry('Trip', { 'a.txt': 'a', day: { 'b.txt': 'b', empty: {} } }));
    assert.equal(source?.sourceName, 'Trip');
    assert.deepEqual(pathsOf(source?.picked), {
      files: ['a.txt', 'day/b.txt'],
      folders: ['day', 'day/empty'],
    });
  });

  it('keeps names exactly, whatever their normalisation', async () => {
    const [composed, decomposed] = ['\u00e9', 'e\u0301'];
    const source = await drop(entry('T', { [composed]: '1', [decomposed]: '2' }));
    assert.deepEqual(pathsOf(source?.picked).files, [decomposed, composed]);
  });

  it('as several items is one source, named after the first folder', async () => {
    const source = await drop(entry('x.txt', 'x'), entry('Docs', { 'y.txt': 'y' }), entry('More', {}));
    assert.equal(source?.sourceName, 'Docs');
    assert.deepEqual(pathsOf(source?.picked), { files: ['Docs/y.txt', 'x.txt'], folders: ['Docs', 'More'] });
  });

  it('as several files is called “Dropped files”, as one file by its name', async () => {
    assert.equal((await drop(entry('a', '1'), entry('b', '2')))?.sourceName, 'Dropped files');
    assert.equal((await drop(entry('a.txt', '1')))?.sourceName, 'a.txt');
  });

  it('never puts two items of one name in one place', async () => {
    const source = await drop(
      entry('a.tar.gz', '1'),
      entry('a.tar.gz', '2'),
      entry('Docs', {}),
      entry('Docs', { x: 'x' }),
    );
    assert.deepEqual(pathsOf(source?.picked), {
      files: ['Docs (2)/x', 'a.tar (2).gz', 'a.tar.gz'],
      folders: ['Docs', 'Docs (2)'],
    });
  });

  it('is read to the end, beyond the first batch', async () => {
    const many = Object.fromEntries(Array.from({ length: 350 }, (_, i) => [`f${i}`, 'x']));
    let found = 0;
    const source = await sourceFromEntries([entry('Many', many)], (files) => {
      found = files;
    });
    assert.equal(pathsOf(source?.picked).files.length, 350);
    assert.equal(found, 350);
  });

  it('tells what can’t be read instead of dropping it in silence', async () => {
    const locked = new DOMException('locked', 'NotReadableError');
    const source = await drop(entry('T', { ok: '1', sub: { locked } }));
    assert.deepEqual(source?.unreadable, ['sub/locked']);
    assert.deepEqual(pathsOf(source?.picked).files, ['ok']);
  });

  it('that is nothing is no source', async () => {
    assert.isUndefined(await drop());
  });
});

describe('what was picked', () => {
  it('as a folder in an input is a source of the folder’s name, with all folders of its files', () => {
    const source = sourceFromFiles([relative('Trip/a.txt'), relative('Trip/x/y/b.txt')]);
    assert.equal(source.sourceName, 'Trip');
    assert.deepEqual(pathsOf(source.picked), { files: ['a.txt', 'x/y/b.txt'], folders: ['x', 'x/y'] });
  });

  it('as files is called “Chosen files”, as one file by its name', () => {
    assert.equal(sourceFromFiles([new File([], 'a'), new File([], 'b')]).sourceName, 'Chosen files');
    assert.equal(sourceFromFiles([new File([], 'a.txt')]).sourceName, 'a.txt');
  });

  it('as a handle is read by the engine itself', () => {
    const handle = { name: 'Photos' } as FileSystemDirectoryHandle;
    assert.deepEqual(sourceFromHandle(handle), {
      sourceName: 'Photos',
      picked: { kind: 'handle', handle },
      unreadable: [],
    });
  });
});
