import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import { countTree } from '../../web/worker/backup/source-count.ts';
import type { SourceEntry, SourceFolder } from '../../web/worker/backup/source-tree.ts';
import { newJob } from './tree-backups.ts';

interface Source {
  readonly root: SourceFolder;
  readonly opened: () => number;
}

function sourceOf(files: number, sizeBytes: number): Source {
  let opened = 0;
  const open = async (): Promise<File> => {
    opened += 1;
    return Promise.resolve({ size: sizeBytes } as File);
  };
  const entries = Array.from({ length: files }, (_, n) => ({ kind: 'file', name: String(n), open }) as const);
  const folder = (name: string, list: readonly SourceEntry[]): SourceFolder => ({
    kind: 'folder',
    name,
    list: async () => Promise.resolve(list),
  });
  const half = Math.floor(files / 2);
  const below = [folder('a', entries.slice(0, half)), folder('b', entries.slice(half))];
  return { root: folder('', below), opened: () => opened };
}

it('counts a tree of some thousand files exactly', async () => {
  const job = newJob();
  await countTree(sourceOf(5_001, 3).root, job);
  assert.deepEqual([job.progress().filesTotal, job.progress().bytesTotal], [5_001, 15_003]);
});

it('counts the files of a large tree exactly, and their bytes about, by a part of them', async () => {
  const job = newJob();
  const source = sourceOf(50_000, 100);
  await countTree(source.root, job);
  const { filesTotal, bytesTotal } = job.progress();
  assert.equal(filesTotal, 50_000);
  assert.ok(Math.abs(bytesTotal - 5_000_000) < 10_000, String(bytesTotal));
  assert.ok(source.opened() <= 15_001, String(source.opened()));
});

it('goes on where a folder or a file can’t be read', async () => {
  const job = newJob();
  const { root } = sourceOf(10, 1);
  const refuse = async (): Promise<never> => Promise.reject(new HoldfastError('source-unreadable'));
  const broken: readonly SourceEntry[] = [
    { kind: 'folder', name: 'c', list: refuse },
    {
      kind: 'folder',
      name: 'd',
      list: async () => Promise.resolve([{ kind: 'file', name: 'e', open: refuse }]),
    },
  ];
  await countTree({ ...root, list: async () => [...broken, ...(await root.list()), ...broken] }, job);
  assert.equal(job.progress().bytesTotal, 10);
});
