/** Trees written as a backup writes them, folder by folder, into chunks in memory: for tests of what reads many of them. */
import { createHash } from 'node:crypto';
import { isBundled } from '../../shared/format/folder-node.ts';
import type { Entry, Extent, FileEntry } from '../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../shared/ids.ts';
import { FolderWriter, folderNodes } from '../../web/worker/backup/folder-writer.ts';
import type { FolderPlace, WrittenEntry } from '../../web/worker/backup/folder-writer.ts';
import { Packer } from '../../web/worker/backup/packer.ts';
import type { ChunkFetcher } from '../../web/worker/vault/chunk-fetcher.ts';
import { FolderReader } from '../../web/worker/vault/folder-reader.ts';
import { StoredChunks } from './stored-chunks.ts';

export interface TreeFile {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  /** Stands for the bytes: the same for the same content. */
  readonly content: string;
  /** Stands for where the bytes lie; by default the same wherever the content is. */
  readonly place: string;
}

export interface Tree {
  readonly [name: string]: Tree | TreeFile;
}

/** A file of a tree. */
export function file(content: string, sizeBytes = 100, facts: Partial<TreeFile> = {}): TreeFile {
  return { content, place: content, sizeBytes, modifiedAtMs: 1_000, ...facts };
}

export class StoredTrees {
  readonly chunks = new StoredChunks();
  /** Nodes that were read, by chunk and offset, each time. */
  readonly reads: string[] = [];
  readonly folders: FolderReader;
  readonly #packer = new Packer(this.chunks.writer, 'folders');
  readonly #writer = new FolderWriter(this.#packer);
  readonly #known = new Map<Tree, FolderPlace>();

  constructor() {
    const extent: ChunkFetcher['extent'] = async (kind, where, signal) => {
      this.reads.push(`${where.chunkId}/${String(where.offset)}`);
      return this.chunks.fetcher.extent(kind, where, signal);
    };
    this.folders = new FolderReader({ extent } as unknown as ChunkFetcher);
  }

  /** The root nodes of a tree; a folder's object that an earlier tree has, too, is not written again. */
  async write(tree: Tree): Promise<readonly Extent[]> {
    const place = await this.#folder(tree);
    await this.#packer.flush();
    for (const [folder, written] of this.#known)
      if (written.kind === 'written')
        this.#known.set(folder, { kind: 'kept', nodes: await folderNodes(written) });
    return folderNodes(place);
  }

  /** What `walkTogether` takes. */
  readonly read = async (node: Extent): Promise<Entry[]> =>
    this.folders.list([node], new AbortController().signal);

  async #folder(tree: Tree): Promise<FolderPlace> {
    const known = this.#known.get(tree);
    if (known !== undefined) return known;
    const entries: WrittenEntry[] = [];
    for (const [name, child] of Object.entries(tree)) entries.push(await this.#entry(name, child));
    const place = await this.#writer.write(entries);
    this.#known.set(tree, place);
    return place;
  }

  async #entry(name: string, child: Tree | TreeFile): Promise<WrittenEntry> {
    if (!isFile(child)) return { kind: 'folder', name, place: await this.#folder(child) };
    return fileEntry(name, child);
  }
}

function isFile(child: Tree | TreeFile): child is TreeFile {
  return typeof child.sizeBytes === 'number';
}

function fileEntry(name: string, { sizeBytes, modifiedAtMs, content, place }: TreeFile): FileEntry {
  const chunkId = hash(place) as ChunkId;
  const extents = sizeBytes === 0 ? [] : [{ chunkId, offset: 0, lengthBytes: sizeBytes }];
  const entry = {
    kind: 'file',
    name,
    sizeBytes,
    modifiedAtMs,
    content: { kind: 'extents', extents },
  } as const;
  return isBundled(sizeBytes) ? { ...entry, digest: hash(content).slice(0, 32) as ContentDigest } : entry;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
