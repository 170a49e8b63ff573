import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeFolderNode, isBundled } from '../../shared/format/folder-node.ts';
import type { Entry, Extent, FileEntry } from '../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../shared/ids.ts';
import { CHUNK_MAX_BYTES, MAX_SNAPSHOT_BYTES } from '../../shared/limits.ts';
import { FolderWriter, folderNodes } from '../../web/worker/backup/folder-writer.ts';
import type { FolderPlace, WrittenEntry } from '../../web/worker/backup/folder-writer.ts';
import { Packer } from '../../web/worker/backup/packer.ts';
import { FolderReader } from '../../web/worker/vault/folder-reader.ts';
import { anyName } from '../helpers/any-entry.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { StoredChunks } from './stored-chunks.ts';

const CONTENT = 'cc'.repeat(32) as ChunkId;
const DIGEST = 'd1'.repeat(16) as ContentDigest;
const never = new AbortController().signal;

/** A folder as nested names: a number is a file of that size. */
interface Tree {
  readonly [name: string]: Tree | number;
}

function file(name: string, sizeBytes: number, modifiedAtMs = 1_000): FileEntry {
  const extents = sizeBytes === 0 ? [] : [{ chunkId: CONTENT, offset: 0, lengthBytes: sizeBytes }];
  const entry = {
    kind: 'file',
    name,
    sizeBytes,
    modifiedAtMs,
    content: { kind: 'extents', extents },
  } as const;
  return isBundled(sizeBytes) ? { ...entry, digest: DIGEST } : entry;
}

class Written {
  readonly chunks = new StoredChunks();
  readonly packer = new Packer(this.chunks.writer, 'folders');
  readonly writer = new FolderWriter(this.packer);
  readonly reader = new FolderReader(this.chunks.fetcher);

  async tree(tree: Tree): Promise<FolderPlace> {
    const entries: WrittenEntry[] = [];
    for (const [name, child] of Object.entries(tree)) {
      entries.push(
        typeof child === 'number'
          ? file(name, child)
          : { kind: 'folder', name, place: await this.tree(child) },
      );
    }
    return this.writer.write(entries);
  }

  async root(place: FolderPlace): Promise<readonly Extent[]> {
    await this.packer.flush();
    return folderNodes(place);
  }

  async readTree(nodes: readonly Extent[]): Promise<Tree> {
    const tree: Record<string, Tree | number> = Object.create(null) as Record<string, Tree | number>;
    for (const entry of await this.reader.list(nodes, never)) {
      tree[entry.name] = entry.kind === 'file' ? entry.sizeBytes : await this.readTree(entry.nodes);
    }
    return tree;
  }
}

/** Any tree; its objects have no prototype, so that every name is a name. */
const anyTree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(anyName, fc.oneof({ depthSize: 'small' }, fc.nat(1_000_000), tie('tree')), {
    maxKeys: 6,
  }),
})).tree;

function manyEntries(count: number, prefix = 'file'): WrittenEntry[] {
  return Array.from({ length: count }, (_, index) => file(`${prefix} ${index}`, index));
}

describe('folders', () => {
  it('are read back as the tree that was written', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const written = new Written();
        const nodes = await written.root(await written.tree(tree));
        assert.equal(
          JSON.stringify(sortedTree(await written.readTree(nodes))),
          JSON.stringify(sortedTree(tree)),
        );
      }),
    );
  });

  it('that are empty have no node', async () => {
    const written = new Written();
    assert.deepEqual(await written.root(await written.tree({})), []);
    assert.equal(written.chunks.calls, 0);
  });

  it('share a chunk with their subfolders', async () => {
    const written = new Written();
    const nodes = await written.root(await written.tree({ a: { b: { c: 1 } }, d: {}, e: 2 }));
    assert.equal(written.chunks.byId.size, 1);
    assert.deepEqual(JSON.stringify(await written.readTree(nodes)), '{"a":{"b":{"c":1}},"d":{},"e":2}');
  });

  it('lie in several chunks where they are many, and find each other across them', async () => {
    const written = new Written();
    const folders: WrittenEntry[] = [];
    for (let n = 0; n < 60; n++) {
      const place = await written.writer.write(manyEntries(1_000, `in ${n}`));
      folders.push({ kind: 'folder', name: `folder ${n}`, place });
    }
    const nodes = await written.root(await written.writer.write(folders));
    assert.ok(written.chunks.byId.size > 1);
    const tree = await written.readTree(nodes);
    assert.equal(Object.keys(tree).length, 60);
    for (let n = 0; n < 60; n++) {
      const folder = tree[`folder ${n}`] ?? {};
      assert.equal(Object.keys(folder).length, 1_000);
      assert.equal((folder as Tree)[`in ${n} 999`], 999);
    }
  });

  it('keep their entries in order, however they come', async () => {
    const written = new Written();
    const names = ['b', 'a', '\u{10000}', '\uffff', 'é', 'e', 'Z', '10', '9'];
    const nodes = await written.root(await written.writer.write(names.map((name) => file(name, 1))));
    const listed = (await written.reader.list(nodes, never)).map(({ name }) => name);
    assert.deepEqual(
      listed,
      names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  it('with very many entries are runs of which an insertion changes few', async () => {
    const nodesOf = async (entries: readonly WrittenEntry[]): Promise<string[]> => {
      const written = new Written();
      const nodes = await written.root(await written.writer.write(entries));
      const listed = await written.reader.list(nodes, never);
      assert.equal(listed.length, entries.length);
      return nodes.map((node) => Buffer.from(written.chunks.bytes('folders', node)).toString('hex'));
    };
    const before = await nodesOf(manyEntries(30_000));
    const after = await nodesOf([...manyEntries(30_000), file('file 15000 and a half', 7)]);
    assert.ok(before.length > 10 && before.length < 300, String(before.length));
    const fresh = after.filter((node) => !before.includes(node));
    assert.ok(fresh.length >= 1 && fresh.length <= 2, String(fresh.length));
  });

  it('of half a million entries are few enough runs for a snapshot to name', async () => {
    const written = new Written();
    const nodes = await written.root(await written.writer.write(manyEntries(500_000)));
    assert.ok(nodes.length > 50 && 40 * nodes.length < MAX_SNAPSHOT_BYTES / 2, String(nodes.length));
    const first = decodeFolderNode(written.chunks.bytes('folders', nodes[0] as Extent), CONTENT);
    assert.equal(first[0]?.name, 'file 0');
  });

  it('never make a node that fits in no chunk, however long names and extents are', async () => {
    const written = new Written();
    const entries = Array.from({ length: 60 }, (_, n): WrittenEntry => {
      const extents = Array.from({ length: 2_000 }, (__, index) => ({
        chunkId: (index + 2_000 * n).toString(16).padStart(64, '0') as ChunkId,
        offset: index,
        lengthBytes: 1_000_000,
      }));
      const name = `${String(n).padStart(4, '0')}${'é'.repeat(500)}`;
      const content = { kind: 'extents', extents } as const;
      return { kind: 'file', name, sizeBytes: 2_000_000_000, modifiedAtMs: 0, content };
    });
    const nodes = await written.root(await written.writer.write(entries));
    assert.ok(nodes.every(({ lengthBytes }) => lengthBytes <= CHUNK_MAX_BYTES));
    assert.equal((await written.reader.list(nodes, never)).length, 60);
  });

  it('that were written before are kept as they are', async () => {
    const written = new Written();
    const nodes = await written.root(await written.tree({ a: 1 }));
    const place: FolderPlace = { kind: 'kept', nodes };
    const root = await written.root(await written.writer.write([{ kind: 'folder', name: 'same', place }]));
    const [entry] = await written.reader.list(root, never);
    assert.deepEqual(entry, { kind: 'folder', name: 'same', nodes } satisfies Entry);
  });

  it('are refused, not written wrong, with a name that is too long', async () => {
    const written = new Written();
    await assertRejectsCode(written.writer.write([file('n'.repeat(1_025), 1)]), 'name-too-long');
  });
});

describe('a file’s content', () => {
  const extents = (count: number): Extent[] =>
    Array.from({ length: count }, (_, index) => ({
      chunkId: index.toString(16).padStart(64, '0') as ChunkId,
      offset: 0,
      lengthBytes: index + 1,
    }));

  it('stands in its entry up to 2,000 extents, and in extent nodes beyond', async () => {
    for (const [count, nodes] of [
      [0, 0],
      [1, 0],
      [2_000, 0],
      [2_001, 2],
      [6_000, 3],
    ] as const) {
      const written = new Written();
      const all = extents(count);
      const sizeBytes = all.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
      const content = await written.writer.content(all);
      assert.equal(content.kind === 'nodes' ? content.nodes.length : 0, nodes);
      const large: FileEntry = { kind: 'file', name: 'large', sizeBytes, modifiedAtMs: 0, content };
      const entry = isBundled(sizeBytes) && nodes === 0 ? { ...large, digest: DIGEST } : large;
      const root = await written.root(await written.writer.write([entry]));
      const [read] = await written.reader.list(root, never);
      assert.ok(read?.kind === 'file');
      assert.deepEqual(await written.reader.extents(read, never), all);
    }
  });
});

function sortedTree(tree: Tree): [string, unknown][] {
  return Object.entries(tree)
    .map(([name, child]): [string, unknown] => [name, typeof child === 'number' ? child : sortedTree(child)])
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
