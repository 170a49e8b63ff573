/**
 * Writes folders as nodes. Folders share chunks, parents with their children where they fall together; a
 * folder that is as it was in the snapshot before keeps its nodes.
 */
import { utf8 } from '../../../shared/bytes.ts';
import {
  THIS_CHUNK,
  compareNames,
  encodeExtentNode,
  encodeFolderNode,
} from '../../../shared/format/folder-node.ts';
import type { Entry, Extent, FileContent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { OpenChunk, Packer, Place } from './packer.ts';

/** Extents that an entry tells itself; a file with more gets extent nodes. */
const INLINE_EXTENTS = 2_000;

/** A run has so many entries on average, so that an insertion changes little. */
const RUN_ENTRIES = 512;
/** More in folders that would have more runs than this: a snapshot has to name all of its root's. */
const MANY_RUNS = 256;
const RUN_MAX_BYTES = 512 * 1024;
/** About what an entry takes apart from its name, an extent with its share of the chunk table included. */
const ENTRY_BYTES = 24;
const EXTENT_BYTES = 40;

/** Where a folder's nodes lie: as before, or in chunks that may not be full yet. */
export type FolderPlace =
  | { readonly kind: 'kept'; readonly nodes: readonly Extent[] }
  | { readonly kind: 'written'; readonly nodes: readonly Place[] };

export interface WrittenFolder {
  readonly kind: 'folder';
  readonly name: string;
  readonly place: FolderPlace;
}

export type WrittenEntry = FileEntry | WrittenFolder;

export class FolderWriter {
  readonly #packer: Packer;

  constructor(packer: Packer) {
    this.#packer = packer;
  }

  /** Writes a folder's nodes. Entries may come in any order. Throws `name-too-long`. */
  async write(entries: readonly WrittenEntry[]): Promise<FolderPlace> {
    const sorted = entries.toSorted((a, b) => compareNames(a.name, b.name));
    const nodes: Place[] = [];
    for (const run of runsOf(sorted)) {
      nodes.push(await this.#packer.appendMade(async (chunk) => encodeFolderNode(await settled(run, chunk))));
    }
    return { kind: 'written', nodes };
  }

  /** How an entry tells where the file's content is. */
  async content(extents: readonly Extent[]): Promise<FileContent> {
    if (extents.length <= INLINE_EXTENTS) return { kind: 'extents', extents };
    const places: Place[] = [];
    for (let start = 0; start < extents.length; start += INLINE_EXTENTS) {
      places.push(await this.#packer.append(encodeExtentNode(extents.slice(start, start + INLINE_EXTENTS))));
    }
    // Their chunk is closed here: a file entry, unlike a folder's, names chunks by their ids alone.
    await this.#packer.flush();
    return { kind: 'nodes', nodes: await extentsOf(places) };
  }
}

/** The nodes' final places, once their chunks are full. */
export async function folderNodes(place: FolderPlace): Promise<readonly Extent[]> {
  return place.kind === 'kept' ? place.nodes : extentsOf(place.nodes);
}

async function extentsOf(places: readonly Place[]): Promise<Extent[]> {
  return Promise.all(
    places.map(async ({ chunk, offset, lengthBytes }) => ({ chunkId: await chunk.id, offset, lengthBytes })),
  );
}

/** Entries as they are encoded for `chunk`: what lies in the same chunk is named by THIS_CHUNK. */
async function settled(entries: readonly WrittenEntry[], chunk: OpenChunk): Promise<Entry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.kind === 'file') return entry;
      const { name, place } = entry;
      const nodes =
        place.kind === 'kept'
          ? place.nodes
          : await Promise.all(place.nodes.map(async (node) => asExtent(node, chunk)));
      return { kind: 'folder', name, nodes };
    }),
  );
}

async function asExtent(place: Place, chunk: OpenChunk): Promise<Extent> {
  const { offset, lengthBytes } = place;
  return { chunkId: place.chunk === chunk ? THIS_CHUNK : await place.chunk.id, offset, lengthBytes };
}

/** A run ends after a name whose hash has its low bits zero, so that most runs survive an insertion. */
function* runsOf(sorted: readonly WrittenEntry[]): Generator<WrittenEntry[]> {
  const average = Math.max(RUN_ENTRIES, 2 ** Math.ceil(Math.log2(sorted.length / MANY_RUNS)));
  let run: WrittenEntry[] = [];
  let bytes = 0;
  for (const entry of sorted) {
    run.push(entry);
    bytes += estimatedBytes(entry);
    const isLong = bytes >= RUN_MAX_BYTES || run.length >= 8 * average;
    if (isLong || nameHash(entry.name) % average === 0) {
      yield run;
      run = [];
      bytes = 0;
    }
  }
  if (run.length > 0) yield run;
}

function estimatedBytes(entry: WrittenEntry): number {
  const extents =
    entry.kind === 'file' && entry.content.kind === 'extents' ? entry.content.extents.length : 1;
  return ENTRY_BYTES + 3 * entry.name.length + EXTENT_BYTES * extents;
}

/** FNV-1a: spreads names; nothing secret hangs on it. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
