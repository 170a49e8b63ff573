/** Checks that what is needed is there: the pages of snapshots, and the chunks that pages name. */
import type { ChunkId, RefPageId, VaultId } from '../../shared/ids.ts';
import { HASH_ID_BYTES } from '../../shared/ids.ts';
import type { StoredThing, Upkeep } from '../store/upkeep-ports.ts';
import { note, problem } from './finding.ts';
import type { Finding } from './finding.ts';

const ALL = Number.MAX_SAFE_INTEGER;

export async function checkNeeds(upkeep: Upkeep): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const vaultId of await upkeep.catalog.upkeep.vaultIds()) {
    findings.push(...(await checkSnapshots(upkeep, vaultId)));
    findings.push(...(await checkPages(upkeep, vaultId)));
    findings.push(...(await knownDamage(upkeep, vaultId)));
  }
  return findings;
}

async function checkSnapshots({ catalog }: Upkeep, vaultId: VaultId): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { snapshotId } of await catalog.upkeep.livingSnapshots(vaultId)) {
    const packed = await catalog.upkeep.refPagesOf(vaultId, snapshotId);
    let missing = 0;
    for (const pageId of idsIn<RefPageId>(packed)) {
      if ((await catalog.vaults.findRefPage(vaultId, pageId)) === undefined) missing++;
    }
    if (missing > 0) {
      const what = `Snapshot ${snapshotId} of vault ${vaultId} needs ${missing} pages of references that are not there.`;
      findings.push(
        problem(what, 'The next full backup of its source sends them again, if it still needs them.'),
      );
    }
  }
  return findings;
}

async function checkPages(upkeep: Upkeep, vaultId: VaultId): Promise<Finding[]> {
  const lost = new Set<ChunkId>();
  let after: Buffer | undefined;
  do {
    const { things, end } = await upkeep.catalog.upkeep.stored(vaultId, 'page', after);
    for (const page of things) for (const id of await lostChunks(upkeep, vaultId, page)) lost.add(id);
    after = end;
  } while (after !== undefined);
  if (lost.size === 0) return [];
  const what = `Vault ${vaultId} has pages that name ${lost.size} chunks which are not there.`;
  return [problem(what, MARK)];
}

export const MARK =
  'A repair marks them as damaged, so that the next backup that has their content sends them again.';

async function lostChunks(
  upkeep: Upkeep,
  vaultId: VaultId,
  { places: [place] }: StoredThing,
): Promise<ChunkId[]> {
  const body = place && (await upkeep.readPage(place));
  const missing = await upkeep.catalog.vaults.missingChunks(vaultId, idsIn<ChunkId>(body ?? Buffer.alloc(0)));
  const lost: ChunkId[] = [];
  for (const id of missing) {
    if ((await upkeep.catalog.vaults.findChunk(vaultId, id)) === undefined) lost.push(id);
  }
  return lost;
}

async function knownDamage({ catalog }: Upkeep, vaultId: VaultId): Promise<Finding[]> {
  const chunks = await catalog.upkeep.damaged(vaultId, 'chunk', ALL);
  const pages = await catalog.upkeep.damaged(vaultId, 'page', ALL);
  if (chunks.length + pages.length === 0) return [];
  const what = `${chunks.length} chunks and ${pages.length} pages of vault ${vaultId} are marked as damaged`;
  return [note(`${what}: the next backup that has their content heals them.`)];
}

function idsIn<T extends string>(packed: Uint8Array): T[] {
  const hex = Buffer.from(packed.buffer, packed.byteOffset, packed.length).toString('hex');
  const ids: string[] = [];
  for (let start = 0; start < hex.length; start += 2 * HASH_ID_BYTES)
    ids.push(hex.slice(start, start + 2 * HASH_ID_BYTES));
  return ids as T[];
}
