/**
 * Checks everything in a data folder, whose lock the caller holds, and changes nothing: the index is compared as a
 * copy, with one that is made anew from the segments, both in a folder that goes afterwards.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '../data-folder.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import { segmentName, segmentNumbers } from '../store/disk/segment-names.ts';
import { SegmentStore } from '../store/disk/segment-store.ts';
import type { BlobStore, Position } from '../store/ports.ts';
import { recover } from '../store/recovery.ts';
import type { RecoveryReport } from '../store/recovery.ts';
import { compareIndexes, integrityErrors } from '../store/sqlite/compare-index.ts';
import type { Difference } from '../store/sqlite/compare-index.ts';
import { SqliteCatalog } from '../store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../store/store.ts';
import { checkFiles } from './check-files.ts';
import { MARK, checkNeeds } from './check-needs.ts';
import { note, problem } from './finding.ts';
import type { Finding } from './finding.ts';

export interface DoctorParts {
  readonly folder: DataFolder;
  readonly segmentSizeBytes: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** What a repair must know. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** Bytes at the newest segment's end that are no record. */
  readonly tornEnd: { readonly position: Position; readonly lengthBytes: number } | undefined;
  /** To be made anew before anything else. */
  readonly isIndexDamaged: boolean;
  /** The index and the segments say different things. */
  readonly isIndexDifferent: boolean;
  readonly isSomethingLost: boolean;
}

/** Throws `storage-failed`, `storage-full`, `format-unsupported`. */
export async function examine(parts: DoctorParts): Promise<Examination> {
  const work = mkdtempSync(join(parts.folder.path, '.doctor-'));
  const { segments: folder } = parts.folder;
  const blobs = SegmentStore.open({ ...parts, folder });
  try {
    const rebuiltFile = join(work, 'rebuilt.sqlite');
    const { report, needs } = await rebuild(blobs, rebuiltFile, parts);
    const index = await checkIndex(parts, blobs, work, rebuiltFile);
    const tornEnd = report.damages.find((damage) => isAtEnd(damage, blobs));
    const findings = [
      ...checkFiles(parts.folder),
      ...report.damages.map((damage) => damageFinding(damage, damage === tornEnd)),
      ...index.findings,
      ...needs,
    ];
    const isSomethingLost = [...index.findings, ...needs].some(({ remedy }) => remedy === MARK);
    return { ...index, findings, tornEnd, isSomethingLost };
  } finally {
    blobs.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** What the segments alone say, and whether that is all that it needs. */
async function rebuild(blobs: BlobStore, file: string, { clock, random }: DoctorParts) {
  const catalog = SqliteCatalog.open(file);
  try {
    const report: RecoveryReport = await recover(blobs, catalog, { cutTornEnd: false, clock });
    const needs = await checkNeeds(new RecordStore({ blobs, catalog, clock, random }).upkeep);
    return { report, needs };
  } finally {
    catalog.close();
  }
}

type IndexExamination = Pick<Examination, 'findings' | 'isIndexDamaged' | 'isIndexDifferent'>;

async function checkIndex(
  parts: DoctorParts,
  blobs: BlobStore,
  work: string,
  rebuiltFile: string,
): Promise<IndexExamination> {
  if (!existsSync(parts.folder.index)) {
    const findings = [note('There is no index: the server makes it from the segments when it starts.')];
    return { findings, isIndexDamaged: false, isIndexDifferent: false };
  }
  try {
    const copy = copyIndex(parts.folder.index, join(work, 'index.sqlite'));
    const [error] = integrityErrors(copy);
    if (error !== undefined) return damagedIndex(error);
    const missing = await caughtUp(copy, blobs, parts);
    const differences = compareIndexes(copy, rebuiltFile);
    const findings = [...missing, ...differences.map(differenceFinding)];
    return { findings, isIndexDamaged: differences.some(isLacking), isIndexDifferent: findings.length > 0 };
  } catch (error) {
    return damagedIndex(error instanceof Error ? error.message : String(error));
  }
}

/** An index that lacks what is there would have a scrub say that it is lost. */
function isLacking({ what, onlyStored }: Difference): boolean {
  return onlyStored > 0 && what !== 'vaults';
}

function copyIndex(file: string, copy: string): string {
  for (const suffix of ['', '-wal'])
    if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  return copy;
}

function differenceFinding({ what, onlyIndexed, onlyStored }: Difference): Finding {
  const rows = `${onlyIndexed} rows only in the index, ${onlyStored} only in segments`;
  return problem(`Index and segments differ in ${what}: ${rows}.`, MARK);
}

/** Indexes what a crash left unindexed, in the copy, and looks for segments that it counts on. */
async function caughtUp(copy: string, blobs: BlobStore, { clock, folder }: DoctorParts): Promise<Finding[]> {
  const catalog = SqliteCatalog.open(copy);
  try {
    await recover(blobs, catalog, { cutTornEnd: false, clock });
    const there = new Set(segmentNumbers(readdirSync(folder.segments)));
    const gone = [...(await catalog.upkeep.liveBytes())].filter(
      ([segment, bytes]) => bytes > 0 && !there.has(segment),
    );
    return gone.map(([segment, bytes]) =>
      problem(`The segment ${segmentName(segment)} is missing, with ${bytes} bytes that are needed.`, MARK),
    );
  } finally {
    catalog.close();
  }
}

function damagedIndex(why: string): IndexExamination {
  const findings = [
    problem(
      `The index is damaged (${why.split('\n').at(-1)}).`,
      'A repair moves it aside and makes another one from the segments.',
    ),
  ];
  return { findings, isIndexDamaged: true, isIndexDifferent: false };
}

type Damage = RecoveryReport['damages'][number];

function isAtEnd({ position, lengthBytes }: Damage, blobs: BlobStore): boolean {
  const newest = blobs.segments().at(-1);
  return (
    position.segment === newest &&
    position.offset + lengthBytes === blobs.sizeOf(newest) &&
    position.offset > 0
  );
}

function damageFinding({ position, lengthBytes }: Damage, isTorn: boolean): Finding {
  const where = `${segmentName(position.segment)} at ${position.offset}`;
  if (isTorn) {
    const what = `The newest segment ends in ${lengthBytes} bytes that are no record (${where}).`;
    return problem(what, 'A repair moves them to a file of their own and cuts them off.');
  }
  return note(`${lengthBytes} bytes are no record (${where}). What was needed of them is said apart.`);
}
