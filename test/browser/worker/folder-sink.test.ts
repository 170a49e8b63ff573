import { assert } from 'chai';
import { HoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ConflictChoice } from '../../../web/bridge/engine-api.ts';
import { secureRandom } from '../../../shared/crypto/primitives.ts';
import { randomId } from '../../../shared/ids.ts';
import type { JobId } from '../../../shared/ids.ts';
import type { PlannedFile } from '../../../web/worker/restore/batches.ts';
import { FolderSink } from '../../../web/worker/restore/folder-sink.ts';
import { RestoreJournal } from '../../../web/worker/restore/journal.ts';
import type { FileSink, Placement } from '../../../web/worker/restore/sink.ts';
import { journalStore } from '../../../web/worker/storage/journal-db.ts';
import { openDatabase } from '../../../web/worker/storage/database.ts';
import type { HoldfastDatabase } from '../../../web/worker/storage/database.ts';

const restored = new TextEncoder().encode('restored');

/** A file of that size; what it holds is told by whoever checks content. */
function planned(path: readonly string[], sizeBytes = restored.length): PlannedFile {
  const content = { kind: 'extents', extents: [] } as const;
  return {
    path,
    file: { kind: 'file', name: path.at(-1) ?? '', sizeBytes, modifiedAtMs: 0, content },
    extents: [],
  };
}

async function opened(sink: FolderSink, path: readonly string[], sizeBytes?: number): Promise<FileSink> {
  const placement = await sink.place(planned(path, sizeBytes));
  if (placement.kind !== 'write') throw new Error(`It is ${placement.kind}.`);
  return placement.open();
}

async function write(sink: FolderSink, path: readonly string[]): Promise<Placement['kind']> {
  const placement = await sink.place(planned(path));
  if (placement.kind !== 'write') return placement.kind;
  const file = await placement.open();
  await file.write(restored);
  await file.finish();
  return placement.kind;
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
  let database: HoldfastDatabase;

  beforeEach(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('target', { recursive: true }).catch(() => undefined);
    folder = await root.getDirectoryHandle('target', { create: true });
    database = await openDatabase();
    await journalStore(database).clear();
  });

  afterEach(() => {
    database.close();
  });

  /** A sink that takes a file for restored already if it holds `restored`. */
  async function sinkFor(conflict: ConflictChoice): Promise<FolderSink> {
    const journal = await RestoreJournal.begin(journalStore(database), randomId<JobId>(secureRandom), folder);
    const hasContent = async (file: Blob): Promise<boolean> => (await file.text()) === 'restored';
    return new FolderSink({ root: folder, conflict, hasContent, journal });
  }

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
    const sink = await sinkFor('skip');
    await sink.folder(['a', 'empty']);
    await write(sink, ['a', 'b', 'c.txt']);
    const a = await folder.getDirectoryHandle('a');
    await a.getDirectoryHandle('empty');
    const b = await a.getDirectoryHandle('b');
    assert.equal(await (await (await b.getFileHandle('c.txt')).getFile()).text(), 'restored');
  });

  const choices: [ConflictChoice, Placement['kind'], string, string[]][] = [
    ['skip', 'occupied', 'mine', ['note.txt']],
    ['replace', 'write', 'restored', ['note.txt']],
    ['keep-both', 'write', 'mine', ['note (restored 1).txt', 'note.txt']],
  ];
  for (const [choice, outcome, content, left] of choices) {
    it(`asked to ${choice}, treats an existing file so`, async () => {
      await existing('note.txt');
      assert.equal(await write(await sinkFor(choice), ['note.txt']), outcome);
      assert.equal(await contentOf('note.txt'), content);
      assert.deepEqual(await names(), left);
    });

    it(`asked to ${choice}, leaves a file alone that holds what it would write`, async () => {
      await existing('note.txt');
      await write(await sinkFor(choice), ['other.txt']);
      await write(await sinkFor('keep-both'), ['note.txt']);
      const before = await names();
      assert.equal(await write(await sinkFor(choice), ['other.txt']), 'present');
      assert.equal(await write(await sinkFor('keep-both'), ['note.txt']), 'present');
      assert.deepEqual(await names(), before);
    });
  }

  it('numbers on when a different restored copy exists already', async () => {
    await existing('note.txt');
    await existing('note (restored 1).txt');
    await write(await sinkFor('keep-both'), ['note.txt']);
    assert.deepEqual(await names(), ['note (restored 1).txt', 'note (restored 2).txt', 'note.txt']);
  });

  it('leaves no trace of a file that could not be restored', async () => {
    for (const sizeBytes of [restored.length, 10_000_000]) {
      const file = await opened(await sinkFor('skip'), ['half.bin'], sizeBytes);
      await file.write(restored);
      await file.abort();
      assert.deepEqual(await names(), []);
    }
  });

  it('leaves the old file as it was when its replacement could not be restored', async () => {
    await existing('note.txt');
    const file = await opened(await sinkFor('replace'), ['note.txt']);
    await file.write(restored);
    await file.abort();
    assert.equal(await contentOf('note.txt'), 'mine');
  });

  it('after a crash finishes what was half-written, and remembers it until then', async () => {
    const crashed = await sinkFor('skip');
    const file = await opened(crashed, ['left.txt']);
    await file.write(restored.subarray(0, 3));
    // The page is gone: nobody finishes or removes it. Another page finds it in the journal.
    await crashed.close();
    const again = await sinkFor('skip');
    await again.close();
    await file.finish();
    const third = await sinkFor('skip');
    assert.equal(await contentOf('left.txt'), 'res');
    assert.equal(await write(third, ['left.txt']), 'write');
    assert.equal(await contentOf('left.txt'), 'restored');
    await third.close();
    assert.deepEqual(await journalStore(database).load(), []);
  });

  it('keeps files apart whose names differ in case alone, where the file system does', async () => {
    const sink = await sinkFor('skip');
    await write(sink, ['a.txt']);
    assert.equal(await write(sink, ['A.txt']), 'write');
    assert.deepEqual(await names(), ['A.txt', 'a.txt']);
  });

  it('refuses names that would leave the folder', async () => {
    const sink = await sinkFor('replace');
    for (const path of [['..', 'x'], ['..'], ['a/b'], ['']]) {
      assert.equal(await codeOf(write(sink, path)), 'path-unsafe', path.join('|'));
    }
  });

  it('says that the target can’t be written to when a folder is in a file’s place', async () => {
    await folder.getDirectoryHandle('taken', { create: true });
    assert.equal(await codeOf(write(await sinkFor('skip'), ['taken'])), 'target-unwritable');
  });
});
