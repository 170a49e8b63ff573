/**
 * Finds chunks that pages name and the index doesn't have: damage that a rebuild met before a scrub did. Of such
 * chunks there is no record that could be read, and no row; only pages still tell that they should be there.
 */
import type { ChunkId, RefPageId, VaultId } from '../../shared/ids.ts';
import { HASH_ID_BYTES } from '../../shared/ids.ts';
import type { Log } from '../log.ts';
import type { StoredThing, Upkeep } from '../store/upkeep-ports.ts';
import type { Pace } from './pace.ts';

export interface LostChunksOptions {
  readonly upkeep: Upkeep;
  readonly log: Log;
  readonly pace: Pace;
}

/** Says so of all of a vault; returns how many there are. Throws `storage-full`, `storage-failed`, `shutting-down`. */
export async function reportLostChunks(options: LostChunksOptions, vaultId: VaultId): Promise<number> {
  const { upkeep } = options;
  let count = 0;
  let after: Buffer | undefined;
  do {
    const { things, end } = await upkeep.catalog.upkeep.stored(vaultId, 'page', after);
    for (const page of things) count += await checkPage(options, vaultId, page);
    after = end;
  } while (after !== undefined);
  return count;
}

/** A page that can't be read is reported as damaged itself, and names none. */
async function checkPage(
  { upkeep, log, pace }: LostChunksOptions,
  vaultId: VaultId,
  { id, places: [place] }: StoredThing,
): Promise<number> {
  const body = place && (await upkeep.readPage(place));
  if (body === undefined) return 0;
  const vault = await upkeep.vault(vaultId);
  const chunkIds = await vault.reportLost(id.toString('hex') as RefPageId, idsIn(body));
  if (chunkIds.length > 0) log.warn({ vaultId, chunkIds }, 'chunks are lost');
  await pace.spend(body.length);
  return chunkIds.length;
}

function idsIn(packed: Uint8Array): ChunkId[] {
  const hex = Buffer.from(packed.buffer, packed.byteOffset, packed.length).toString('hex');
  const ids: string[] = [];
  for (let start = 0; start < hex.length; start += 2 * HASH_ID_BYTES)
    ids.push(hex.slice(start, start + 2 * HASH_ID_BYTES));
  return ids as ChunkId[];
}
