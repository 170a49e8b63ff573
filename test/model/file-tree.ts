/**
 * Files as the model knows them, a map of paths to contents, and as a snapshot holds them: a tree whose folders
 * are chunks that name their files' chunks and their folders', so that what is equal is stored once.
 */
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_CHUNK_BYTES, openChunkOf } from './sealing.ts';
import type { OpenChunk } from './sealing.ts';

/** Contents by path, `/` between names. Contents are never changed in place. */
export type Files = ReadonlyMap<string, Buffer>;

/** What a folder's chunk holds, as JSON. */
interface FolderNode {
  readonly files: Readonly<Record<string, readonly ChunkId[]>>;
  readonly folders: Readonly<Record<string, ChunkId>>;
}

export interface WrittenTree {
  readonly root: ChunkId;
  /** All chunks that the tree needs, its root too; each once, and those that others name before these. */
  readonly chunks: ReadonlyMap<ChunkId, OpenChunk>;
}

/** `files` as chunks. */
export function writeTree(files: Files): WrittenTree {
  const chunks = new Map<ChunkId, OpenChunk>();
  const keep = (chunk: OpenChunk): ChunkId => {
    chunks.set(chunk.chunkId, chunk);
    return chunk.chunkId;
  };
  return { root: writeFolder(files, '', keep), chunks };
}

/** What a tree says, read chunk by chunk. */
export async function readTree(root: ChunkId, read: (id: ChunkId) => Promise<Buffer>): Promise<Files> {
  const files = new Map<string, Buffer>();
  const readFolder = async (id: ChunkId, path: string): Promise<void> => {
    const node = JSON.parse((await read(id)).toString()) as FolderNode;
    for (const [name, ids] of Object.entries(node.files)) {
      files.set(path + name, Buffer.concat(await Promise.all(ids.map(read))));
    }
    for (const [name, folder] of Object.entries(node.folders)) await readFolder(folder, `${path}${name}/`);
  };
  await readFolder(root, '');
  return files;
}

function writeFolder(files: Files, path: string, keep: (chunk: OpenChunk) => ChunkId): ChunkId {
  const node = { files: {} as Record<string, ChunkId[]>, folders: {} as Record<string, ChunkId> };
  for (const [filePath, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!filePath.startsWith(path)) continue;
    const [name = '', ...below] = filePath.slice(path.length).split('/');
    if (below.length === 0) node.files[name] = contentChunks(content).map(keep);
    else node.folders[name] ??= writeFolder(files, `${path}${name}/`, keep);
  }
  return keep(openChunkOf('folders', Buffer.from(JSON.stringify(node))));
}

function contentChunks(content: Buffer): OpenChunk[] {
  const chunks: OpenChunk[] = [];
  for (let start = 0; start < content.length; start += MAX_CHUNK_BYTES) {
    chunks.push(openChunkOf('content', content.subarray(start, start + MAX_CHUNK_BYTES)));
  }
  return chunks;
}
