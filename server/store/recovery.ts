/**
 * Makes index entries of scanned records: at start-up of those behind the catalog's checkpoint, in a
 * rebuild of all. Only whole chunks become entries; pieces of uploads that never ended are dead.
 */
import type { BlobStore, Catalog, IndexEntry, Place, Position, Scanned } from './ports.ts';
import { decodeAccountBody, decodeSnapshotBody, snapshotDigest } from './record-bodies.ts';
import type { HeadOf, RecordHead } from './segment-record.ts';

/** Entries of one transaction: bounds its memory, not its truth. */
const GROUP_ENTRIES = 1_000;

export interface RecoveryReport {
  readonly records: number;
  readonly chunks: number;
  readonly refPages: number;
  readonly snapshots: number;
  readonly accounts: number;
  /** Stretches that hold no sound record, the torn end apart. */
  readonly damages: readonly { readonly position: Position; readonly lengthBytes: number }[];
  /** What was cut off the newest segment because its writing was cut short. */
  readonly tornBytes: number;
}

/**
 * Indexes every record that the catalog may not know yet and cuts a torn end off the newest segment.
 * Nothing else is changed. Throws `storage-full`, `storage-failed`, `format-unsupported`.
 */
export async function recover(blobs: BlobStore, catalog: Catalog): Promise<RecoveryReport> {
  const from = await catalog.checkpoint();
  const newestSegment = blobs.end.segment;
  const chunks = new ChunkAssembler();
  const counts = { chunk: 0, 'ref-page': 0, snapshot: 0, account: 0 };
  const damages: { position: Position; lengthBytes: number }[] = [];
  let records = 0;
  let tornBytes = 0;
  let group: IndexEntry[] = [];
  for (const scanned of blobs.scan(from)) {
    if (scanned.type === 'damage') {
      if (scanned.atEnd && scanned.position.segment === newestSegment) {
        blobs.truncateEnd(scanned.position);
        tornBytes = scanned.lengthBytes;
      } else {
        damages.push({ position: scanned.position, lengthBytes: scanned.lengthBytes });
      }
      continue;
    }
    records++;
    const entry = entryOf(scanned, chunks);
    if (entry === undefined) continue;
    counts[entry.type]++;
    group.push(entry);
    if (group.length === GROUP_ENTRIES) {
      await catalog.index(group, from);
      group = [];
    }
  }
  await catalog.index(group, blobs.end);
  return {
    records,
    chunks: counts.chunk,
    refPages: counts['ref-page'],
    snapshots: counts.snapshot,
    accounts: counts.account,
    damages,
    tornBytes,
  };
}

type ScannedRecord = Extract<Scanned, { readonly type: 'record' }>;

/** Undefined for a piece that ends no chunk. Whatever the entry keeps is copied. */
function entryOf({ head, body, place }: ScannedRecord, chunks: ChunkAssembler): IndexEntry | undefined {
  switch (head.type) {
    case 'piece':
      return chunks.add(head, place);
    case 'ref-page':
      return { type: 'ref-page', vaultId: head.vaultId, pageId: head.pageId, place };
    case 'snapshot':
      return snapshotEntry(head, body, place);
    case 'account':
      return { type: 'account', account: decodeAccountBody(body) };
  }
}

function snapshotEntry(head: HeadOf<'snapshot'>, body: Uint8Array, place: Place): IndexEntry {
  const { vaultId, snapshotId, seq, receivedAtMs } = head;
  const sealed = Uint8Array.from(decodeSnapshotBody(body).sealed);
  const digest = snapshotDigest(snapshotId, body);
  return { type: 'snapshot', vaultId, snapshotId, seq, receivedAtMs, sealed, digest, place };
}

/** Collects pieces until a chunk is whole. Pieces of several chunks may be mixed. */
class ChunkAssembler {
  readonly #open = new Map<string, Place[]>();

  add(head: RecordHead & { readonly type: 'piece' }, place: Place): IndexEntry | undefined {
    const key = `${head.vaultId}/${head.chunkId}/${head.attempt}`;
    const pieces = head.index === 0 ? [] : this.#open.get(key);
    if (pieces?.length !== head.index) {
      this.#open.delete(key); // a piece is damaged or before the scan's start: never whole
      return undefined;
    }
    pieces.push(place);
    if (!head.last) {
      this.#open.set(key, pieces);
      return undefined;
    }
    this.#open.delete(key);
    return { type: 'chunk', vaultId: head.vaultId, chunkId: head.chunkId, seq: head.seq, pieces };
  }
}
