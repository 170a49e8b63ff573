/** Looks whether a store that was recovered from what a power cut left has all that it must have, and nothing half. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { HASH_ID_BYTES } from '../../shared/ids.ts';
import { MAX_DAMAGED } from '../../shared/limits.ts';
import type { Kind, Place } from '../../server/store/ports.ts';
import { readPage } from '../../server/store/damage.ts';
import { encodeAccountBody } from '../../server/store/record-bodies.ts';
import { dumpIndex, dumpOfRebuild } from '../server/index-dump.ts';
import type { Expected } from './expected.ts';
import type { OpenedStore } from './opened-store.ts';

/** `opened` has recovered; it is closed afterwards. Throws an AssertionError. */
export async function verify(opened: OpenedStore, vaultId: VaultId, expected: Expected): Promise<void> {
  const look = new Look(opened, vaultId, expected);
  await look.chunks();
  await look.pages();
  await look.snapshots();
  await look.accounts();
  if (expected.hasIndex) await look.sessions();
  await look.damage();
  await opened.close();
  const { dump } = await dumpOfRebuild(opened.folder.segments);
  assert.deepEqual(dumpIndex(opened.folder.index), dump, 'the index is other than one made anew');
}

class Look {
  readonly #opened: OpenedStore;
  readonly #vaultId: VaultId;
  readonly #expected: Expected;
  #chunks: ReadonlyMap<string, readonly Place[]> = new Map();
  #pages: ReadonlyMap<string, readonly Place[]> = new Map();

  constructor(opened: OpenedStore, vaultId: VaultId, expected: Expected) {
    this.#opened = opened;
    this.#vaultId = vaultId;
    this.#expected = expected;
  }

  async chunks(): Promise<void> {
    this.#chunks = await this.#stored('chunk');
    assertThere('chunk', this.#expected.chunks, this.#chunks);
    for (const [id, places] of this.#chunks) await this.#chunk(id as ChunkId, places);
  }

  async #chunk(chunkId: ChunkId, places: readonly Place[]): Promise<void> {
    const vault = await this.#opened.store.openVault(this.#vaultId);
    const pieces = await Promise.all(
      places.map(async (place, index) => {
        const target = new Uint8Array(place.bodyBytes);
        const { last } = await vault.readPiece(chunkId, index, place, target);
        assert.equal(last, index === places.length - 1);
        return target;
      }),
    );
    const attempts = this.#expected.chunks.get(chunkId)?.attempts ?? [];
    const isOne = attempts.some((attempt) => digestOf(attempt) === digestOf(pieces));
    assert.ok(isOne, `chunk ${chunkId} is what nobody sent`);
  }

  async pages(): Promise<void> {
    this.#pages = await this.#stored('page');
    assertThere('page', this.#expected.pages, this.#pages);
    for (const [pageId, places] of this.#pages) await this.#page(pageId as RefPageId, places);
  }

  async #page(pageId: RefPageId, [place]: readonly Place[]): Promise<void> {
    const body = place && (await readPage(this.#opened.blobs, place));
    const chunkIds = this.#expected.pages.get(pageId)?.chunkIds ?? [];
    assert.equal(body && Buffer.from(body).toString('hex'), chunkIds.join(''), `page ${pageId} is another`);
    const lacking = chunkIds.filter((chunkId) => !this.#chunks.has(chunkId));
    assert.deepEqual(lacking, [], `page ${pageId} is there without its chunks`);
  }

  async snapshots(): Promise<void> {
    const living = await this.#opened.catalog.upkeep.livingSnapshots(this.#vaultId);
    const marks = new Map(living.map(({ snapshotId, mark }) => [snapshotId, mark]));
    for (const [snapshotId, { isAcked, erased }] of this.#expected.snapshots) {
      if (isAcked && erased === 'no') assert.ok(marks.has(snapshotId), `snapshot ${snapshotId} is lost`);
      if (erased === 'yes') assert.ok(!marks.has(snapshotId), `snapshot ${snapshotId} is back`);
    }
    const vault = await this.#opened.store.openVault(this.#vaultId);
    const { snapshots } = await vault.changes(0);
    assert.deepEqual(snapshots.map(({ snapshotId }) => snapshotId).sort(), [...marks.keys()].sort());
    for (const { snapshotId, sealed } of snapshots)
      await this.#snapshot(snapshotId, sealed, marks.get(snapshotId));
  }

  async #snapshot(snapshotId: SnapshotId, sealed: Uint8Array, mark: string | undefined): Promise<void> {
    const sent = this.#expected.snapshots.get(snapshotId);
    assert.ok(sent !== undefined && Buffer.from(sealed).equals(sent.sealed), `${snapshotId} is another`);
    const isRight = sent.marks.some((candidate) => candidate.mark === mark);
    assert.ok(isRight, `${snapshotId} is ${String(mark)}`);
    await this.#checkPagesOf(snapshotId, sent.pageIds);
  }

  async accounts(): Promise<void> {
    for (const [accountId, { isAcked, candidates }] of this.#expected.accounts) {
      const found = await this.#opened.store.accounts.findById(accountId);
      if (found === undefined) assert.ok(!isAcked, `account ${accountId} is lost`);
      else {
        const sent = candidates.find(({ revision }) => revision === found.revision);
        const isSame = sent && Buffer.from(encodeAccountBody(found)).equals(encodeAccountBody(sent));
        assert.ok(isSame, `account ${accountId} is another`);
      }
    }
  }

  async sessions(): Promise<void> {
    for (const [hash, state] of this.#expected.sessions) {
      const isThere = (await this.#opened.store.sessions.find(Buffer.from(hash, 'hex'))) !== undefined;
      if (state !== 'maybe') assert.equal(isThere, state === 'there', `session ${hash}`);
    }
  }

  async damage(): Promise<void> {
    const { upkeep } = this.#opened.catalog;
    assert.deepEqual(await upkeep.damaged(this.#vaultId, 'chunk', MAX_DAMAGED), []);
    assert.deepEqual(await upkeep.damaged(this.#vaultId, 'page', MAX_DAMAGED), []);
  }

  async #checkPagesOf(snapshotId: SnapshotId, pageIds: readonly RefPageId[]): Promise<void> {
    const known = await this.#opened.catalog.upkeep.refPagesOf(this.#vaultId, snapshotId);
    assert.equal(known.length, pageIds.length * HASH_ID_BYTES);
    for (const pageId of pageIds)
      assert.ok(this.#pages.has(pageId), `${snapshotId} is there without page ${pageId}`);
  }

  async #stored(kind: Kind): Promise<Map<string, readonly Place[]>> {
    const places = new Map<string, readonly Place[]>();
    let after: Buffer | undefined;
    do {
      const { things, end } = await this.#opened.catalog.upkeep.stored(this.#vaultId, kind, after);
      for (const thing of things) places.set(thing.id.toString('hex'), thing.places);
      after = end;
    } while (after !== undefined);
    return places;
  }
}

interface ExpectedThing {
  readonly isAcked: boolean;
  readonly mayGo: boolean;
}

function assertThere(
  what: string,
  expected: ReadonlyMap<string, ExpectedThing>,
  stored: ReadonlyMap<string, unknown>,
): void {
  for (const [id, { isAcked, mayGo }] of expected)
    if (isAcked && !mayGo) assert.ok(stored.has(id), `${what} ${id} is lost`);
}

function digestOf(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(`${piece.length} `).update(piece);
  return hash.digest('hex');
}
