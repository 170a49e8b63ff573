/**
 * Makes index entries of scanned records: at start-up of those behind the catalog's checkpoint, in a
 * rebuild of all. Only whole chunks become entries; pieces of uploads that never ended are dead.
 */
import type { Clock } from '../ports.ts';
import type { BlobStore, Catalog, IndexEntry, Place, Position, Scanned } from './ports.ts';
import { decodeAccountBody, decodeMarkBody, decodeSnapshotBody, snapshotDigest } from './record-bodies.ts';
import type { HeadOf } from './segment-record.ts';

/** Entries of one transaction: bounds its memory, not its truth. */
const GROUP_ENTRIES = 1_000;

export interface RecoveryReport {
  readonly records: number;
  /** Entries of each type that were made, known ones included. */
  readonly entries: Readonly<Record<IndexEntry['type'], number>>;
  /** Stretches that hold no sound record, a torn end apart. */
  readonly damages: readonly { readonly position: Position; readonly lengthBytes: number }[];
  /** What was cut off the newest segment because its writing was cut short. */
  readonly tornBytes: number;
}

type ScannedRecord = Extract<Scanned, { readonly type: 'record' }>;
type Damage = Extract<Scanned, { readonly type: 'damage' }>;

/**
 * Indexes every record that the catalog may not know yet. With `cutTornEnd`, cuts what is no record
 * off the newest segment's end; nothing else is ever changed.
 * Throws `storage-full`, `storage-failed`, `format-unsupported`.
 */
export async function recover(
  blobs: BlobStore,
  catalog: Catalog,
  options: { readonly cutTornEnd: boolean; readonly clock: Clock },
): Promise<RecoveryReport> {
  const from = await catalog.checkpoint();
  const recovery = new Recovery(blobs, options.cutTornEnd, options.clock.nowMs());
  let group: IndexEntry[] = [];
  for (const scanned of blobs.scan(from)) {
    const entry = recovery.take(scanned);
    if (entry !== undefined) group.push(entry);
    if (group.length < GROUP_ENTRIES) continue;
    await catalog.index(group, from);
    group = [];
  }
  await catalog.index(group, blobs.end);
  return recovery.report;
}

class Recovery {
  readonly report = {
    records: 0,
    entries: { chunk: 0, 'ref-page': 0, snapshot: 0, account: 0, mark: 0 },
    damages: [] as { readonly position: Position; readonly lengthBytes: number }[],
    tornBytes: 0,
  };
  readonly #blobs: BlobStore;
  /** Whose torn end may be cut. */
  readonly #cutSegment: number | undefined;
  readonly #chunks: ChunkAssembler;
  /** What is found now counts as stored now: its garbage grace stands in no record. */
  readonly #nowMs: number;

  constructor(blobs: BlobStore, cutTornEnd: boolean, nowMs: number) {
    this.#blobs = blobs;
    this.#nowMs = nowMs;
    this.#chunks = new ChunkAssembler(nowMs);
    this.#cutSegment = cutTornEnd ? blobs.end.segment : undefined;
  }

  /** The entry that this record makes or completes. */
  take(scanned: Scanned): IndexEntry | undefined {
    if (scanned.type === 'damage') {
      this.#takeDamage(scanned);
      return undefined;
    }
    this.report.records++;
    const entry = entryOf(scanned, this.#chunks, this.#nowMs);
    if (entry !== undefined) this.report.entries[entry.type]++;
    return entry;
  }

  /**
   * Bytes behind the last sound record were being written when the server died: nobody was told that
   * they are safe. Anything else stays, as evidence.
   */
  #takeDamage({ position, lengthBytes, atEnd }: Damage): void {
    if (!atEnd || position.segment !== this.#cutSegment) {
      this.report.damages.push({ position, lengthBytes });
      return;
    }
    this.#blobs.truncateEnd(position);
    this.report.tornBytes = lengthBytes;
  }
}

/** Undefined for a piece that ends no chunk. Whatever the entry keeps is copied. */
function entryOf(
  { head, body, place }: ScannedRecord,
  chunks: ChunkAssembler,
  nowMs: number,
): IndexEntry | undefined {
  switch (head.type) {
    case 'piece':
      return chunks.add(head, place);
    case 'ref-page':
      return { ...head, storedAtMs: nowMs, place };
    case 'snapshot':
      return snapshotEntry(head, body, place);
    case 'account':
      return { type: 'account', account: decodeAccountBody(body), place };
    case 'mark':
      return { ...head, things: decodeMarkBody(head.mark, body), place };
  }
}

function snapshotEntry(head: HeadOf<'snapshot'>, body: Uint8Array, place: Place): IndexEntry {
  const { vaultId, snapshotId, seq, receivedAtMs } = head;
  const decoded = decodeSnapshotBody(body);
  const sealed = Uint8Array.from(decoded.sealed);
  const refPages = Buffer.from(decoded.refPages.join(''), 'hex');
  const digest = snapshotDigest(snapshotId, body);
  return { type: 'snapshot', vaultId, snapshotId, seq, receivedAtMs, sealed, digest, refPages, place };
}

/** Collects pieces until a chunk is whole. Pieces of several chunks may be mixed. */
class ChunkAssembler {
  readonly #open = new Map<string, Place[]>();
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  add(head: HeadOf<'piece'>, place: Place): IndexEntry | undefined {
    const key = `${head.vaultId}/${head.chunkId}/${head.attempt}`;
    const pieces = head.index === 0 ? [] : this.#open.get(key);
    this.#open.delete(key);
    // Else a piece is damaged, or stands before the scan's start and belongs to a dead upload.
    if (pieces?.length !== head.index) return undefined;
    pieces.push(place);
    if (head.last) {
      const { vaultId, chunkId, seq } = head;
      return { type: 'chunk', vaultId, chunkId, seq, storedAtMs: this.#nowMs, pieces };
    }
    this.#open.set(key, pieces);
    return undefined;
  }
}
