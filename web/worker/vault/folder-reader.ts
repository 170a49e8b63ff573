/** Reads a snapshot's folders from their nodes. */
import { concatBytes } from '../../../shared/bytes.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import {
  checkSize,
  compareNames,
  decodeExtentNode,
  decodeFolderNode,
} from '../../../shared/format/folder-node.ts';
import type { Entry, Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { ChunkFetcher } from './chunk-fetcher.ts';

export class FolderReader {
  readonly #fetcher: ChunkFetcher;

  constructor(fetcher: ChunkFetcher) {
    this.#fetcher = fetcher;
  }

  /** A folder's entries, in the order of their names' bytes. Throws what fetching and decoding throw. */
  async list(nodes: readonly Extent[], signal: AbortSignal): Promise<Entry[]> {
    const runs: Entry[][] = [];
    for (const node of nodes) runs.push(decodeFolderNode(await this.#bytes(node, signal), node.chunkId));
    if (!runs.every((run, index) => index === 0 || follows(run, runs[index - 1]))) {
      throw new HoldfastError('malformed', { detail: 'nodes out of order' });
    }
    return runs.flat();
  }

  /** Where a file's content lies. */
  async extents(file: FileEntry, signal: AbortSignal): Promise<readonly Extent[]> {
    if (file.content.kind === 'extents') return file.content.extents;
    const runs: Extent[][] = [];
    for (const node of file.content.nodes)
      runs.push(decodeExtentNode(await this.#bytes(node, signal), node.chunkId));
    const extents = runs.flat();
    checkSize(extents, file.sizeBytes);
    return extents;
  }

  /** The nodes of the folder at `path` below `root`. Throws `entry-missing` if there is none. */
  async nodesAt(
    root: readonly Extent[],
    path: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Extent[]> {
    if (path.length === 0) return root;
    const entry = await this.entryAt(root, path, signal);
    if (entry.kind === 'file') throw new HoldfastError('entry-missing', { detail: 'not a folder' });
    return entry.nodes;
  }

  /** The file or folder at `path`, which names at least one, below `root`. Throws `entry-missing`. */
  async entryAt(root: readonly Extent[], path: readonly string[], signal: AbortSignal): Promise<Entry> {
    const parent = await this.nodesAt(root, path.slice(0, -1), signal);
    const name = path.at(-1);
    const entry = (await this.list(parent, signal)).find((candidate) => candidate.name === name);
    if (entry === undefined) throw new HoldfastError('entry-missing');
    return entry;
  }

  async #bytes(node: Extent, signal: AbortSignal): Promise<Uint8Array> {
    const parts = await this.#fetcher.extent('folders', node, signal);
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : concatBytes(...parts);
  }
}

/** Whether a run's first name comes after the last one of the run before. */
function follows(run: readonly Entry[], runBefore: readonly Entry[] | undefined): boolean {
  const [first, before] = [run[0], runBefore?.at(-1)];
  return first !== undefined && before !== undefined && compareNames(before.name, first.name) < 0;
}
