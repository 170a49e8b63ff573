import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { FileEntry } from '../../shared/format/folder-node.ts';
import { sourceTree } from '../../web/worker/backup/source-tree.ts';
import type { SourceFile } from '../../web/worker/backup/source-tree.ts';
import { FolderReader } from '../../web/worker/vault/folder-reader.ts';
import { utf8 } from '../../shared/bytes.ts';
import { picked } from './engine-client.ts';
import { StoredChunks } from './stored-chunks.ts';
import { backUp, readBack } from './tree-backups.ts';
import type { BackupOptions } from './tree-backups.ts';

/** The time of the version that is opened first; each later one is a millisecond younger. */
const FIRST_MS = 1_000_000;
/** Later than the times of all versions: none of the files looks as if it were being written to. */
const LONG_AFTER_MS = 2_000_000;

/** What a file is at one moment: its size as the browser tells it, and what can be read then, if it can be. */
interface Version {
  readonly sizeBytes: number;
  readonly content: string | undefined;
}

/** A file that is another one each time that it is opened. */
class ChangingFile {
  reads = 0;
  #opened = 0;
  readonly #versionAt: (opened: number) => Version;

  constructor(versionAt: (opened: number) => Version) {
    this.#versionAt = versionAt;
  }

  /** As a browser gives it that has handles, or one that hasn't. */
  source(hasHandle: boolean): SourceFile {
    const open = async (): Promise<File> => Promise.resolve(this.#open());
    const file = { kind: 'file', name: 'changing', open } as const;
    return hasHandle ? { ...file, handle: { getFile: open } as unknown as FileSystemFileHandle } : file;
  }

  #open(): File {
    const opened = this.#opened++;
    const { sizeBytes, content } = this.#versionAt(opened);
    const blob = new Blob([content ?? '']);
    const read = <T>(what: T): T => {
      this.reads += 1;
      if (content === undefined) throw new DOMException('It changed.', 'NotReadableError');
      return what;
    };
    const file = {
      size: sizeBytes,
      lastModified: FIRST_MS + opened,
      arrayBuffer: async () => read(blob).arrayBuffer(),
      stream: () => read(blob).stream(),
    };
    return file as unknown as File;
  }
}

interface Outcome {
  readonly problems: readonly (readonly (string | undefined)[])[];
  readonly entry: FileEntry | undefined;
  readonly content: string | undefined;
  /** Backs the next file up after this. */
  readonly again: (test: TestContext, file: ChangingFile) => Promise<Outcome>;
}

async function backUpBeside(
  test: TestContext,
  file: ChangingFile,
  { hasHandle = true, chunks = new StoredChunks(), ...options }: Options = {},
): Promise<Outcome> {
  const sound = sourceTree(picked({ 'sound.txt': utf8('sound') }));
  const source = { ...sound, list: async () => [...(await sound.list()), file.source(hasHandle)] };
  const { root, job } = await backUp(test, source, chunks, options);
  const files = await readBack(chunks, root);
  assert.equal(files.get('sound.txt')?.toString(), 'sound');
  const entries = await new FolderReader(chunks.fetcher).list(root, new AbortController().signal);
  return {
    problems: job.progress().problems.map(({ code, path }) => [code, path]),
    entry: entries.find((entry) => entry.kind === 'file' && entry.name === 'changing') as
      FileEntry | undefined,
    content: files.get('changing')?.toString(),
    again: async (later, next) =>
      backUpBeside(later, next, { hasHandle, chunks, earlier: [root], busySinceMs: LONG_AFTER_MS }),
  };
}

interface Options extends BackupOptions {
  readonly hasHandle?: boolean;
  readonly chunks?: StoredChunks;
}

function markAndTime(entry: FileEntry | undefined): (true | number | undefined)[] {
  return [entry?.changedWhileRead, entry?.modifiedAtMs];
}

function rewritten(length: number): (opened: number) => Version {
  return (opened) => ({ sizeBytes: length, content: `version ${opened}`.padEnd(length, '.') });
}

describe('a file that is rewritten all the time', () => {
  for (const hasHandle of [true, false])
    it(`is kept as it was read last and marked, ${hasHandle ? 'with' : 'without'} a handle`, async (test) => {
      const file = new ChangingFile(rewritten(9));
      const { problems, entry, content, again } = await backUpBeside(test, file, { hasHandle });
      assert.deepEqual(problems, [['source-restless', 'changing']]);
      // Opened and looked at three times: the third content is the fifth version.
      assert.deepEqual([content, file.reads], ['version 4', 3]);
      assert.deepEqual(markAndTime(entry), [true, FIRST_MS + 4]);

      // It is read again even if it is of the same size and time then, and the mark goes.
      const settled = new ChangingFile(() => ({ sizeBytes: 9, content: 'version 9' }));
      for (let opened = 0; opened < 4; opened++) await settled.source(false).open();
      const next = await again(test, settled);
      assert.deepEqual(markAndTime(next.entry), [undefined, FIRST_MS + 4]);
      assert.deepEqual([next.problems, next.content, settled.reads], [[], 'version 9', 1]);
    });

  it('is noticed whatever its time where reading takes long', async (test) => {
    const file = new ChangingFile(rewritten(200_000));
    const { problems, content } = await backUpBeside(test, file, { busySinceMs: LONG_AFTER_MS });
    assert.deepEqual(problems, [['source-restless', 'changing']]);
    assert.match(content ?? '', /^version 4\.{199991}$/);
  });

  it('is kept as it was once, if it could be read whole only once', async (test) => {
    const file = new ChangingFile((opened) =>
      opened < 2 ? rewritten(9)(opened) : { sizeBytes: 9, content: undefined },
    );
    const { problems, entry, content } = await backUpBeside(test, file);
    assert.deepEqual(problems, [['source-restless', 'changing']]);
    assert.deepEqual([content, entry?.changedWhileRead], ['version 0', true]);
  });
});

describe('a file that shrinks', () => {
  it('each time that it is read is left out and named, whatever its size', async (test) => {
    for (const sizeBytes of [99, 200_000]) {
      const file = new ChangingFile(() => ({ sizeBytes, content: 'shrunk' }));
      const { problems, entry } = await backUpBeside(test, file);
      assert.deepEqual([problems, entry], [[['source-changed', 'changing']], undefined]);
      assert.equal(file.reads, 3);
    }
  });

  it('and then holds still is backed up as it ended', async (test) => {
    const file = new ChangingFile((opened) => ({ sizeBytes: opened === 0 ? 99 : 4, content: 'four' }));
    const { problems, entry, content } = await backUpBeside(test, file, { busySinceMs: LONG_AFTER_MS });
    assert.deepEqual([problems, content], [[], 'four']);
    assert.deepEqual([entry?.sizeBytes, entry?.changedWhileRead], [4, undefined]);
  });
});

describe('a file that the browser refuses to read because it changed', () => {
  it('each time is left out and named', async (test) => {
    const file = new ChangingFile(() => ({ sizeBytes: 9, content: undefined }));
    const { problems, entry } = await backUpBeside(test, file);
    assert.deepEqual([problems, entry], [[['source-unreadable', 'changing']], undefined]);
  });
});
