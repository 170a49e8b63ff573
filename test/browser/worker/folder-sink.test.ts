import { assert } from 'chai';
import { HoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ConflictChoice } from '../../../web/bridge/engine-api.ts';
import { FolderSink } from '../../../web/worker/restore/folder-sink.ts';

const info = { sizeBytes: 3, modifiedAtMs: 0 };
const restored = new TextEncoder().encode('restored');

async function write(sink: FolderSink, path: readonly string[]): Promise<void> {
  const file = await sink.file({ ...info, path });
  await file.write(restored);
  await file.finish();
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof HoldfastError ? error.code : 'internal';
  }
}

describe('restoring into a folder', () => {
  let folder: FileSystemDirectoryHandle;

  beforeEach(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('target', { recursive: true }).catch(() => undefined);
    folder = await root.getDirectoryHandle('target', { create: true });
  });

  async function existing(name: string): Promise<void> {
    const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await stream.write('mine');
    await stream.close();
  }

  async function contentOf(name: string): Promise<string> {
    return (await (await folder.getFileHandle(name)).getFile()).text();
  }

  async function names(): Promise<string[]> {
    const all: string[] = [];
    for await (const name of folder.keys()) all.push(name);
    return all.sort();
  }

  it('writes files and empty folders where they belong', async () => {
    const sink = new FolderSink(folder, 'skip');
    await sink.folder(['a', 'empty']);
    await write(sink, ['a', 'b', 'c.txt']);
    const a = await folder.getDirectoryHandle('a');
    await a.getDirectoryHandle('empty');
    const b = await a.getDirectoryHandle('b');
    assert.equal(await (await (await b.getFileHandle('c.txt')).getFile()).text(), 'restored');
  });

  const choices: [ConflictChoice, ErrorCode | undefined, string, string[]][] = [
    ['skip', 'target-exists', 'mine', ['note.txt']],
    ['replace', undefined, 'restored', ['note.txt']],
    ['keep-both', undefined, 'mine', ['note (restored 1).txt', 'note.txt']],
  ];
  for (const [choice, code, content, left] of choices) {
    it(`asked to ${choice}, treats an existing file so`, async () => {
      await existing('note.txt');
      assert.equal(await codeOf(write(new FolderSink(folder, choice), ['note.txt'])), code);
      assert.equal(await contentOf('note.txt'), content);
      assert.deepEqual(await names(), left);
    });
  }

  it('numbers on when a restored copy exists already', async () => {
    await existing('note.txt');
    for (let i = 0; i < 2; i++) await write(new FolderSink(folder, 'keep-both'), ['note.txt']);
    assert.deepEqual(await names(), ['note (restored 1).txt', 'note (restored 2).txt', 'note.txt']);
  });

  it('leaves no trace of a file that could not be restored', async () => {
    const file = await new FolderSink(folder, 'skip').file({ ...info, path: ['half.bin'] });
    await file.write(restored);
    await file.abort();
    assert.deepEqual(await names(), []);
  });

  it('leaves the old file as it was when its replacement could not be restored', async () => {
    await existing('note.txt');
    const file = await new FolderSink(folder, 'replace').file({ ...info, path: ['note.txt'] });
    await file.write(restored);
    await file.abort();
    assert.equal(await contentOf('note.txt'), 'mine');
  });

  it('refuses names that would leave the folder', async () => {
    const sink = new FolderSink(folder, 'replace');
    for (const path of [['..', 'x'], ['..'], ['a/b'], ['']]) {
      assert.equal(await codeOf(write(sink, path)), 'path-unsafe', path.join('|'));
    }
  });

  it('says that the target can’t be written to when a folder is in a file’s place', async () => {
    await folder.getDirectoryHandle('taken', { create: true });
    assert.equal(await codeOf(write(new FolderSink(folder, 'skip'), ['taken'])), 'target-unwritable');
  });
});
