/**
 * What a power cut leaves of the files: of a segment all that was synced and some of the rest, of the index its
 * transactions up to some moment behind the last that SQLite had synced. A process that is killed loses nothing that
 * it had written.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  readdirSync,
  readvSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { segmentName } from '../../server/store/disk/segment-names.ts';
import { systemDisk } from '../../server/store/disk/segment-writer.ts';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import type { Life } from './life.ts';

/** SQLite folds its log into the file beyond this: a test that came near could no longer tell what is durable. */
const MOST_LOG_BYTES = 15 * 1024 * 1024;

export class CrashDisk {
  readonly segmentsFolder: string;
  readonly indexFile: string;
  readonly #logFile: string;
  /** Bytes that survive a power cut, by the file's inode. */
  readonly #syncedBytes = new Map<number, number>();
  /** Of the index's log. */
  #syncedLogBytes = 0;

  constructor(folder: string) {
    this.segmentsFolder = join(folder, 'segments');
    this.indexFile = join(folder, 'index.sqlite');
    this.#logFile = `${this.indexFile}-wal`;
  }

  /** The disk as one process sees it: its syncs are steps of its life, and only noted. */
  calls(life: Life): DiskCalls {
    return {
      ...systemDisk,
      writev: (fd, parts, position) => {
        if (position === 0) this.#syncedBytes.set(fstatSync(fd).ino, 0); // an inode that is used again
        return systemDisk.writev(fd, parts, position);
      },
      fdatasync: async (fd) => {
        const { ino, size } = fstatSync(fd);
        await life.turn(() => {
          this.#syncedBytes.set(ino, Math.max(size, this.#syncedBytes.get(ino) ?? 0));
        });
      },
      // At once: a thread's answer would come in an order of its own.
      readv: async (fd, targets, position) => Promise.resolve(readvSync(fd, targets, position)),
      fsync: (fd) => {
        const { ino, size } = fstatSync(fd);
        this.#syncedBytes.set(ino, size);
      },
    };
  }

  /** All segments were synced by something that is no process of the test's. */
  noteSegmentsSynced(): void {
    for (const { ino, size } of this.#segmentFiles().map((file) => statSync(file)))
      this.#syncedBytes.set(ino, size);
  }

  /** The index was synced. */
  noteIndexSynced(): void {
    this.#syncedLogBytes = this.#logBytes();
  }

  /** Keeps the index as it is: what closes it afterwards writes its log into it. */
  keepIndex(): () => void {
    if (this.#logBytes() > MOST_LOG_BYTES) throw new Error('too many transactions in one life');
    const kept = `${this.indexFile}.kept`;
    copyFileSync(this.indexFile, kept);
    const hasLog = existsSync(this.#logFile);
    if (hasLog) renameSync(this.#logFile, `${kept}-wal`);
    return () => {
      this.#removeIndexFiles();
      renameSync(kept, this.indexFile);
      if (hasLog) renameSync(`${kept}-wal`, this.#logFile);
    };
  }

  removeIndex(): void {
    this.#removeIndexFiles();
    this.#syncedLogBytes = 0;
  }

  /** The power fails; no process has the files open. */
  cutPower(random: SeededRandom): void {
    for (const file of this.#segmentFiles()) this.#cutSegment(file, random);
    if (!existsSync(this.#logFile)) return;
    const unsynced = this.#logBytes() - this.#syncedLogBytes;
    truncateSync(this.#logFile, this.#syncedLogBytes + random.integer(unsynced + 1));
    this.#syncedLogBytes = this.#logBytes();
  }

  /** Changes one bit of a byte. */
  spoil(segment: number, offset: number): void {
    const fd = openSync(join(this.segmentsFolder, segmentName(segment)), 'r+');
    const byte = new Uint8Array(1);
    readSync(fd, byte, 0, 1, offset);
    writeSync(
      fd,
      byte.map((bits) => bits ^ 1),
      0,
      1,
      offset,
    );
    closeSync(fd);
  }

  /** Bytes of all segments. */
  get usedBytes(): number {
    return this.#segmentFiles().reduce((sum, file) => sum + statSync(file).size, 0);
  }

  #removeIndexFiles(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.indexFile + suffix, { force: true });
  }

  #cutSegment(file: string, random: SeededRandom): void {
    const { ino, size } = statSync(file);
    const synced = Math.min(size, this.#syncedBytes.get(ino) ?? 0);
    const left = synced + random.integer(size - synced + 1);
    truncateSync(file, left);
    // Blocks reach the disk in any order: one that didn't is zeros, whatever follows it.
    if (left > synced && random.integer(3) === 0)
      overwrite(file, synced + random.integer(left - synced), left, random);
    this.#syncedBytes.set(ino, left);
  }

  #segmentFiles(): string[] {
    if (!existsSync(this.segmentsFolder)) return [];
    return readdirSync(this.segmentsFolder)
      .sort()
      .map((name) => join(this.segmentsFolder, name));
  }

  #logBytes(): number {
    return statSync(this.#logFile, { throwIfNoEntry: false })?.size ?? 0;
  }
}

/** Makes zeros of up to 100 bytes from `start` on. */
function overwrite(file: string, start: number, end: number, random: SeededRandom): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, new Uint8Array(Math.min(end - start, 1 + random.integer(100))), 0, undefined, start);
  closeSync(fd);
}
