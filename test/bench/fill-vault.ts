/** Fills a vault with tiny chunks through the server's own store: no client could send a million in a minute. */
import { randomFillSync } from 'node:crypto';
import { checksum } from '../../server/checksum.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import { createLog } from '../../server/log.ts';
import { openDiskStore } from '../../server/store/open-store.ts';
import type { Vault } from '../../server/store/ports.ts';
import { systemClock, systemRandom } from '../../server/system.ts';
import { HASH_ID_BYTES, idFromBytes } from '../../shared/ids.ts';
import type { ChunkId } from '../../shared/ids.ts';

const SEGMENT_SIZE_BYTES = 256 * 1024 * 1024;
/** Chunks that wait for one fdatasync. */
const AT_ONCE = 10_000;
const SEALED_BYTES = 32;

/** Puts `count` chunks of random ids into the vault of the account `name`. No server may run on the folder. */
export async function fillVault(dataDir: string, name: string, count: number): Promise<void> {
  const folder = openDataFolder(dataDir);
  const { store } = await openDiskStore({
    segmentsFolder: folder.segments,
    indexFile: folder.index,
    segmentSizeBytes: SEGMENT_SIZE_BYTES,
    clock: systemClock,
    random: systemRandom,
    log: createLog('silent'),
  });
  try {
    const account = await store.accounts.findByName(name);
    if (account === undefined) throw new Error(`There is no account "${name}".`);
    const vault = await store.openVault(account.vault.vaultId);
    for (let done = 0; done < count; done += AT_ONCE) await addChunks(vault, Math.min(AT_ONCE, count - done));
  } finally {
    await store.close();
  }
}

async function addChunks(vault: Vault, count: number): Promise<void> {
  const sealed = randomFillSync(new Uint8Array(SEALED_BYTES));
  const piece = { index: 0, last: true, checksum: checksum(sealed), sealed };
  const ids = randomFillSync(new Uint8Array(count * HASH_ID_BYTES));
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const id = idFromBytes<ChunkId>(ids.subarray(n * HASH_ID_BYTES, (n + 1) * HASH_ID_BYTES));
      await vault.beginChunk(id).append(piece);
    }),
  );
}
