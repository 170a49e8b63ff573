/** Writes what became of snapshots, chunks or pages as one record: all of it is so, or none. */
import { checksum } from '../checksum.ts';
import type { Marked } from './ports.ts';
import { encodeMarkBody } from './record-bodies.ts';
import type { Mark } from './segment-record.ts';
import type { VaultInside } from './vault.ts';

/** Things of one record: a body holds no more of the longest. */
export const MAX_MARKED = 1_000;

/** Resolves when it is durable and indexed. `things`: 1 to MAX_MARKED. Throws `storage-full`, `storage-failed`. */
export async function writeMark(
  { vaultId, blobs, commits, clock, numbers }: VaultInside,
  mark: Mark,
  things: readonly Marked[],
): Promise<void> {
  const body = encodeMarkBody(things);
  let seq = 0;
  await commits.write(() => {
    seq = numbers.take(things.length);
    const fields = { type: 'mark', vaultId, mark, seq, markedAtMs: clock.nowMs() } as const;
    const place = blobs.append({ ...fields, bodyChecksum: checksum(body) }, body);
    return { ...fields, things, place };
  });
  numbers.advance(seq + things.length - 1);
}
