/**
 * Answers of the change feed, gathered until they are worth a write: a database takes few large records much
 * faster than many small ones.
 */
import { concatBytes } from '../../../shared/bytes.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { ServerMessage, SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { KeptMark, MirrorChange, MirrorPosition } from '../ports.ts';

type Changes = Extract<ServerMessage, { readonly type: 'changes' }>;

/** 65,536 ids. */
const MOST_BYTES = 2 * 1024 * 1024;

export class FeedBatch {
  readonly snapshots: SnapshotRecord[] = [];
  readonly marks: KeptMark[] = [];
  readonly erasedSnapshotIds: SnapshotId[] = [];
  readonly #added: Uint8Array[] = [];
  #removed: Uint8Array = new Uint8Array(0);
  #bytes = 0;
  #seq: number;

  /** `seq`: the newest change before it. */
  constructor(seq: number) {
    this.#seq = seq;
  }

  /** The newest change that it covers. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether an answer may be added. Removed ids go before added ones: they must come first. */
  takes(changes: Changes): boolean {
    if (this.#bytes === 0) return true;
    return changes.removedChunkIds.length === 0 && this.#bytes + bytesOf(changes) <= MOST_BYTES;
  }

  addChunks(changes: Changes): void {
    const { nextSeq, chunkIds, removedChunkIds } = changes;
    this.#seq = nextSeq;
    if (removedChunkIds.length > 0) this.#removed = removedChunkIds;
    this.#added.push(chunkIds);
    this.#bytes += bytesOf(changes);
  }

  change(position: MirrorPosition): MirrorChange {
    const { snapshots, marks, erasedSnapshotIds } = this;
    const chunks = { removed: this.#removed, added: concatBytes(...this.#added) };
    return { ...position, snapshots, marks, erasedSnapshotIds, chunks };
  }
}

function bytesOf({ chunkIds, removedChunkIds, snapshots }: Changes): number {
  const sealedBytes = snapshots.reduce((sum, { sealed }) => sum + sealed.length, 0);
  return chunkIds.length + removedChunkIds.length + sealedBytes;
}
