/**
 * Looks at what the server has, beside the model.
 *
 * After each step that asked something of the server: which snapshots there are and how they are marked; and where
 * the index has changed, that every chunk which must be there is indexed, and has the right content at the place that
 * the index names, unless that was read before (segments are never changed in place); that no page is there without
 * its chunks; that each new snapshot restores to its files. Contents are read straight from the files then, as that is
 * ten times as fast.
 *
 * Chunks that rotted are left out, and whatever needs them, until they are stored again; nothing else may be called
 * damaged.
 *
 * After a power cut and at the end of a run nothing counts as read before. At the end everything is read as a device
 * reads it, through the vault and with its checksums.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChunkId, RefPageId, SnapshotId } from '../../shared/ids.ts';
import { segmentName } from '../../server/store/disk/segment-names.ts';
import type { Kind, Place } from '../../server/store/ports.ts';
import { headBytes } from '../../server/store/segment-record.ts';
import { assertSameEntries } from '../helpers/assert-same.ts';
import { MAX_DAMAGED } from '../../shared/limits.ts';
import { VAULT_ID } from '../helpers/vault.ts';
import { readTree } from './file-tree.ts';
import type { Model, ModelSnapshot } from './model.ts';
import { chunkIdOf, unseal } from './sealing.ts';
import type { ServerProcess } from './server-process.ts';

/** Reads a chunk that the index has at these places. */
type ReadChunk = (chunkId: ChunkId, places: readonly Place[]) => Promise<Uint8Array[]> | Uint8Array[];

export class Checks {
  readonly #model: Model;
  readonly #segmentsFolder: string;
  /** What was read, and from where. */
  readonly #read = new Map<ChunkId, { readonly from: string; readonly content: Buffer }>();
  readonly #restored = new Set<SnapshotId>();
  /** The process whose index was looked at last, and how it was then. */
  #looked: { readonly server: ServerProcess; readonly indexings: number } | undefined;

  constructor(model: Model, segmentsFolder: string) {
    this.#model = model;
    this.#segmentsFolder = segmentsFolder;
  }

  /** Nothing counts as read before. */
  forget(): void {
    this.#read.clear();
    this.#restored.clear();
    this.#looked = undefined;
  }

  /** `collected`: a garbage collection has run to its end just now. */
  async check(server: ServerProcess, collected: boolean): Promise<void> {
    await this.#check(server, collected, this.#fromFiles());
  }

  /** Everything anew, read as a device reads it. */
  async checkWhole(server: ServerProcess): Promise<void> {
    this.forget();
    await this.#check(server, false, (chunkId) => readPieces(server, chunkId));
  }

  async #check(server: ServerProcess, collected: boolean, read: ReadChunk): Promise<void> {
    this.#model.settle(await server.catalog.upkeep.livingSnapshots(VAULT_ID), collected);
    const { indexings } = server;
    if (this.#looked?.server === server && this.#looked.indexings === indexings) return;
    this.#looked = { server, indexings };
    const stored = await storedPlaces(server, 'chunk');
    await this.#readNew(stored, read);
    await this.#checkDamage(server);
    await this.#checkPages(server, stored);
    await this.#restoreNew();
  }

  async #readNew(stored: ReadonlyMap<string, readonly Place[]>, read: ReadChunk): Promise<void> {
    for (const chunkId of this.#model.requiredChunks()) {
      const places = stored.get(chunkId);
      assert.ok(places !== undefined, `chunk ${chunkId} is lost`);
      const from = places.map(({ segment, offset }) => `${segment}:${offset}`).join();
      if (this.#read.get(chunkId)?.from === from) continue;
      this.#read.set(chunkId, { from, content: contentOf(chunkId, await read(chunkId, places)) });
    }
  }

  /** Reads each segment once. */
  #fromFiles(): ReadChunk {
    const files = new Map<number, Buffer>();
    const fileOf = (segment: number): Buffer => {
      const file = files.get(segment) ?? readFileSync(join(this.#segmentsFolder, segmentName(segment)));
      files.set(segment, file);
      return file;
    };
    return (_, places) =>
      places.map(({ segment, offset, bodyBytes }) => {
        const start = offset + headBytes('piece');
        return fileOf(segment).subarray(start, start + bodyBytes);
      });
  }

  /** What is sound isn't called damaged. */
  async #checkDamage({ catalog }: ServerProcess): Promise<void> {
    for (const chunkId of await catalog.upkeep.damaged(VAULT_ID, 'chunk', MAX_DAMAGED))
      assert.ok(this.#model.rotten.has(chunkId as ChunkId), `${chunkId} is called damaged`);
    assert.deepEqual(await catalog.upkeep.damaged(VAULT_ID, 'page', 1), [], 'pages that are called damaged');
  }

  async #checkPages(server: ServerProcess, stored: ReadonlyMap<string, unknown>): Promise<void> {
    for (const pageId of (await storedPlaces(server, 'page')).keys()) {
      const chunkIds = this.#model.pages.get(pageId as RefPageId);
      assert.ok(chunkIds !== undefined, `page ${pageId} comes from nowhere`);
      const lacking = chunkIds.filter((chunkId) => !stored.has(chunkId) && !this.#model.rotten.has(chunkId));
      assert.deepEqual(lacking, [], `page ${pageId} is there without its chunks`);
    }
  }

  async #restoreNew(): Promise<void> {
    for (const snapshotId of this.#restored)
      if (!this.#model.living.has(snapshotId)) this.#restored.delete(snapshotId);
    for (const [snapshotId, snapshot] of this.#model.living) {
      if (this.#restored.has(snapshotId) || this.#model.isHit(snapshot)) continue;
      const { root, files } = snapshot;
      const restored = await readTree(root, (chunkId) => this.#contentOf(chunkId));
      assertSameEntries(hexOf(restored), hexOf(files));
      this.#restored.add(snapshotId);
    }
  }

  #contentOf(chunkId: ChunkId): Promise<Buffer> {
    const read = this.#read.get(chunkId);
    assert.ok(read !== undefined, `a snapshot names ${chunkId}, which it was not committed with`);
    return Promise.resolve(read.content);
  }
}

/** A chunk's content, read as a device reads it. */
export async function readChunk(server: ServerProcess, chunkId: ChunkId): Promise<Buffer> {
  return contentOf(chunkId, await readPieces(server, chunkId));
}

async function readPieces({ vault }: ServerProcess, chunkId: ChunkId): Promise<Uint8Array[]> {
  const places = await vault.findChunk(chunkId);
  return Promise.all(
    places.map(async (place, index) => {
      const target = new Uint8Array(place.bodyBytes);
      await vault.readPiece(chunkId, index, place, target);
      return target;
    }),
  );
}

function contentOf(chunkId: ChunkId, pieces: readonly Uint8Array[]): Buffer {
  const content = unseal(pieces);
  const isRight = chunkIdOf('content', content) === chunkId || chunkIdOf('folders', content) === chunkId;
  assert.ok(isRight, `chunk ${chunkId} is other than it was`);
  return content;
}

/** Where the index has what it has. */
export async function storedPlaces(
  server: ServerProcess,
  kind: Kind,
): Promise<Map<string, readonly Place[]>> {
  const places = new Map<string, readonly Place[]>();
  let after: Buffer | undefined;
  do {
    const { things, end } = await server.catalog.upkeep.stored(VAULT_ID, kind, after);
    for (const thing of things) places.set(thing.id.toString('hex'), thing.places);
    after = end;
  } while (after !== undefined);
  return places;
}

function hexOf(files: ModelSnapshot['files']): Map<string, string> {
  return new Map([...files].map(([path, content]) => [path, content.toString('hex')]));
}
