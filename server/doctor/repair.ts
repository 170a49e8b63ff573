/**
 * Mends what an examination found, as far as that is possible without what is lost. Deletes nothing: a damaged index
 * and a torn end are moved aside.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Scrub } from '../jobs/scrub.ts';
import type { Log } from '../log.ts';
import { segmentName } from '../store/disk/segment-names.ts';
import { openDiskStore } from '../store/open-store.ts';
import { noteIndexDamage } from '../store/sqlite/index-aside.ts';
import { writeWhole } from '../write-whole.ts';
import { repairModes } from './check-files.ts';
import { examine } from './examine.ts';
import type { DoctorParts, Examination } from './examine.ts';

export interface RepairParts extends DoctorParts {
  readonly log: Log;
}

/** Resolves with what an examination finds afterwards. Throws `storage-failed`, `storage-full`. */
export async function repair(parts: RepairParts, found: Examination): Promise<Examination> {
  repairModes(parts.folder);
  keepTornEnd(parts, found);
  if (found.isIndexDamaged) noteIndexDamage(parts.folder.index);
  await openAndScrub(parts, found.isSomethingLost);
  const left = await examine(parts);
  if (!left.isIndexDifferent) return left;
  // The index itself is wrong: what it knew of lost records was marked by now.
  noteIndexDamage(parts.folder.index);
  await openAndScrub(parts, true);
  return examine(parts);
}

/** Opening cuts a torn end and makes the index anew; a scrub marks what is lost. */
async function openAndScrub(parts: RepairParts, isSomethingLost: boolean): Promise<void> {
  const { segments: segmentsFolder, index: indexFile } = parts.folder;
  const { store } = await openDiskStore({ ...parts, segmentsFolder, indexFile });
  try {
    if (!isSomethingLost) return;
    const { signal } = new AbortController();
    const { upkeep } = store;
    const scrub = new Scrub({
      ...parts,
      upkeep,
      signal,
      bytesPerSecond: Infinity,
      onVaultChanged: () => undefined,
    });
    await scrub.begin();
    await scrub.run();
  } finally {
    await store.close();
  }
}

function keepTornEnd({ folder }: RepairParts, { tornEnd }: Examination): void {
  if (tornEnd === undefined) return;
  const { segment, offset } = tornEnd.position;
  const name = segmentName(segment);
  const bytes = readFileSync(join(folder.segments, name)).subarray(offset);
  writeWhole(join(folder.path, `${name}.torn-at-${offset}`), bytes);
}
