/** Makes the index anew from the segments, beside the old one, whose place it takes when it is whole. */
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, RandomBytes } from '../ports.ts';
import { SegmentStore } from './disk/segment-store.ts';
import { fsyncFolder } from '../durable-folder.ts';
import { recover } from './recovery.ts';
import type { RecoveryReport } from './recovery.ts';
import { SqliteCatalog } from './sqlite/sqlite-catalog.ts';

export interface RebuildOptions {
  readonly segmentsFolder: string;
  readonly indexFile: string;
  readonly segmentSizeBytes: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/**
 * The caller holds the data folder's lock. The segments stay as they are. Sessions and invitations,
 * which stand in no segment, are gone.
 * Throws `storage-failed`, `storage-full`, `format-unsupported`, and leaves the old index then.
 */
export async function rebuildIndex(options: RebuildOptions): Promise<RecoveryReport> {
  const { segmentsFolder, indexFile, segmentSizeBytes, clock, random } = options;
  const newFile = `${indexFile}.new`;
  removeIndex(newFile);
  const blobs = SegmentStore.open({ folder: segmentsFolder, segmentSizeBytes, random });
  const catalog = SqliteCatalog.open(newFile);
  let report: RecoveryReport;
  try {
    report = await recover(blobs, catalog, { cutTornEnd: false, clock });
  } finally {
    catalog.close(); // folds its log into the file
    blobs.close();
  }
  removeLog(indexFile);
  fsyncFolder(dirname(indexFile)); // the old log must not outlive the old file
  renameSync(newFile, indexFile);
  fsyncFolder(dirname(indexFile));
  return report;
}

function removeIndex(file: string): void {
  rmSync(file, { force: true });
  removeLog(file);
}

/** What SQLite keeps beside the file. Without it the file is as it was some transactions ago. */
function removeLog(file: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
}
