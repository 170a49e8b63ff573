/**
 * Sends one queued backup: chunks in their order, then the pages that the server lacks, then the snapshot. Safe to
 * repeat from anywhere: what is there already is not taken twice, and what was acknowledged is not sent again.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import { idFromBytes, HASH_ID_BYTES } from '../../../shared/ids.ts';
import type { ChunkId, RefPageId } from '../../../shared/ids.ts';
import { commitPages } from '../backup/commit.ts';
import { Outbox } from '../backup/outbox.ts';
import type { ServerLink } from '../connection/server-link.ts';
import { Gate } from '../jobs/gate.ts';
import type { Clock } from '../ports.ts';
import { readKind, readRecord } from './outbox-file.ts';
import type { PlacedRecord } from './outbox-file.ts';
import type { OutboxFiles, QueueEntry } from './ports.ts';
import type { Queue } from './queue.ts';
import { inSignalScope } from '../signal-scope.ts';
import { SentChunks } from './sent-chunks.ts';

export interface SendContext {
  readonly link: Pick<ServerLink, 'withConnection' | 'request'>;
  readonly files: OutboxFiles;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** A sealed entry of the queue. */
export type SealedEntry = QueueEntry & Required<Pick<QueueEntry, 'pagesAt' | 'snapshotAt'>>;

export type SendResult =
  | { readonly kind: 'accepted'; readonly receivedAtMs: number; readonly payloadBytes: number }
  /** The server lacks chunks that are not in the file. */
  | { readonly kind: 'missing' };

export function isSealed(entry: QueueEntry): entry is SealedEntry {
  return entry.pagesAt !== undefined && entry.snapshotAt !== undefined;
}

/** Sends it. Throws `outbox-damaged` where the file can't be read, the signal's reason, and what the server refuses. */
export async function sendBackup(
  context: SendContext,
  entry: SealedEntry,
  signal: AbortSignal,
): Promise<SendResult> {
  const sent = new SentChunks(context, entry);
  await sendChunks(context, entry, sent, () => true, signal);
  const first = await commit(context, entry, signal);
  if (first.kind === 'accepted') return { ...first, payloadBytes: sent.payloadBytes };
  // The server lost chunks since it acknowledged them, or never had some that lie elsewhere.
  const wanted = new Set(first.chunkIds);
  await sendChunks(context, { ...entry, sentBytes: 0 }, sent, (id) => wanted.delete(id), signal);
  if (wanted.size > 0) return { kind: 'missing' };
  const second = await commit(context, entry, signal);
  if (second.kind === 'accepted') return { ...second, payloadBytes: sent.payloadBytes };
  return { kind: 'missing' };
}

/** Sends the chunks of a file from `sentBytes` on, those that `isWanted`. */
async function sendChunks(
  { link, files }: SendContext,
  { file, sentBytes, pagesAt }: Pick<SealedEntry, 'file' | 'sentBytes' | 'pagesAt'>,
  sent: SentChunks,
  isWanted: (chunkId: ChunkId) => boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await inSignalScope(signal, async (scope) => {
      const outbox = new Outbox(link, noChecksum, new Gate(), scope.signal, {
        damage: 'outbox-damaged',
        onSent: (bytes) => {
          sent.wentOut(bytes);
        },
        onStored: (chunkId) => {
          sent.stored(chunkId);
        },
      });
      for (let place = sentBytes; place < pagesAt;) {
        const { record, endByte } = await readable(async () => readRecord(files, file, place));
        place = endByte;
        if (record.kind !== 'chunk' || !isWanted(record.chunkId)) continue;
        sent.added(record.chunkId, endByte);
        await outbox.send(record.chunkId, toSend(record.pieces));
      }
      await outbox.drained();
    });
  } finally {
    await sent.noted();
  }
}

async function commit(
  { link, files }: SendContext,
  { file, pagesAt, snapshotAt }: SealedEntry,
  signal: AbortSignal,
) {
  const snapshot = await readable(async () => readKind(files, file, snapshotAt, 'snapshot'));
  const places = new Map<RefPageId, number>();
  for (let place = pagesAt; place < snapshotAt;) {
    const { record, endByte }: PlacedRecord = await readable(async () => readRecord(files, file, place));
    if (record.kind === 'page') places.set(record.pageId, place);
    place = endByte;
  }
  return commitPages(link, snapshot, signal, async (pageId) => {
    const place = places.get(pageId);
    if (place === undefined) return undefined;
    const { chunkIds } = await readable(async () => readKind(files, file, place, 'page'));
    return unpacked(chunkIds);
  });
}

/** What the file doesn't give is damage of this device's, and not the server's. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new HoldfastError('outbox-damaged', { detail: toHoldfastError(error).code, cause: error });
  }
}

function toSend(pieces: readonly { readonly checksum: number; readonly sealed: Uint8Array<ArrayBuffer> }[]) {
  return pieces.map(({ checksum, sealed }, index) => {
    return { index, last: index === pieces.length - 1, checksum, sealed };
  });
}

function unpacked(packed: Uint8Array): ChunkId[] {
  const ids: ChunkId[] = [];
  for (let start = 0; start < packed.length; start += HASH_ID_BYTES)
    ids.push(idFromBytes<ChunkId>(packed.subarray(start, start + HASH_ID_BYTES)));
  return ids;
}

/** Checksums are in the records. */
function noChecksum(): never {
  throw new HoldfastError('internal', { detail: 'pieces of the queue are summed up' });
}
