/**
 * Notes on a tape all that this process does to the files below a folder, by whatever part of it: the functions of
 * node:fs are replaced meanwhile, and SQLite's files, which it writes itself, are looked at after each transaction.
 * What syncs is noted and not done. Without threads: the order of things depends on the seed alone.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import type { DiskCalls } from '../../server/store/disk/segment-writer.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import { AfterCut } from './after-cut.ts';
import type { DiskTape, Inode, Names } from './disk-tape.ts';

/** What SQLite keeps beside its file and must not lose; `-shm` it makes anew. */
const SQLITE_SUFFIXES = ['', '-wal'];
const BLOCK_BYTES = 4_096;
/** SQLite folds its log into the file beyond this, which the tape would not see the order of. */
const MOST_LOG_BYTES = 15 * 1024 * 1024;
const LONGEST_SYNC_TURNS = 4;

type Callback = (error: Error | null) => void;

export interface DiskFaults {
  readonly forgetsFolderSyncs?: boolean;
  readonly forgetsIndexSyncs?: boolean;
}

export class RecordedDisk {
  readonly tape: DiskTape;
  readonly #root: string;
  readonly #random: SeededRandom;
  readonly #faults: DiskFaults;
  readonly #inodes = new Map<string, Inode>();
  readonly #open = new Map<number, Inode>();
  /** What SQLite's files, and others, held when they were looked at last. */
  readonly #indexes = new Map<string, Buffer>();
  #syncsFully = false;
  #restore: () => void = () => undefined;

  /** `root` holds what the tape led to. `faults` are what a test must notice. */
  constructor(root: string, tape: DiskTape, random: SeededRandom, faults: DiskFaults = {}) {
    this.#root = resolve(root);
    this.#random = random;
    this.#faults = faults;
    this.tape = tape;
    const { folders } = new AfterCut(tape, tape.length, 'nothing is lost', random);
    this.#learnNames(folders, tape.start.root, this.#root);
    for (const [path, inode] of this.#inodes)
      if (!folders.has(inode)) this.#indexes.set(path, fs.readFileSync(path));
  }

  /** Replaces node:fs until `stop`. */
  start(): void {
    const real = { ...fs };
    const realPragma = Object.getOwnPropertyDescriptor(Database.prototype, 'pragma');
    const own = this.#functions(real);
    const replaced = Object.fromEntries(
      Object.keys(own).map((name) => [name, Reflect.get(real, name) as unknown]),
    );
    Object.assign(fs, own);
    syncBuiltinESMExports();
    this.#watchSqlite();
    this.#restore = () => {
      Object.assign(fs, replaced);
      syncBuiltinESMExports();
      if (realPragma !== undefined) Object.defineProperty(Database.prototype, 'pragma', realPragma);
    };
  }

  stop(): void {
    this.#restore();
    this.#restore = () => undefined;
  }

  /** For a store that was loaded before `start`. */
  get calls(): DiskCalls {
    return {
      writev: (fd, parts, position) => fs.writevSync(fd, parts, position),
      readv: (fd, targets, position) => Promise.resolve(fs.readvSync(fd, targets, position)),
      read: (...args) => fs.readSync(...args),
      fdatasync: (fd) => promisify(fs.fdatasync)(fd),
      ftruncate: (fd, sizeBytes) => {
        fs.ftruncateSync(fd, sizeBytes);
      },
      fsync: (fd) => {
        fs.fsyncSync(fd);
      },
    };
  }

  /** Notes what SQLite has written to the index at `path`. */
  lookAtIndex(path: string): void {
    for (const suffix of SQLITE_SUFFIXES) this.#lookAt(path + suffix);
  }

  /** SQLite has synced its log. */
  #noteIndexSynced(path: string): void {
    if (this.#faults.forgetsIndexSyncs === true) return;
    for (const suffix of SQLITE_SUFFIXES) this.#sync(this.#inodes.get(resolve(path + suffix)));
  }

  #lookAt(path: string): void {
    if (!fs.existsSync(path)) return;
    const bytes = fs.readFileSync(path);
    if (bytes.length > MOST_LOG_BYTES) throw new Error('too many transactions on one tape');
    this.#noteIndexFile(path, bytes);
  }

  #noteIndexFile(path: string, bytes: Buffer): void {
    const inode = this.#inodes.get(path) ?? this.#newIndexFile(path);
    const isLog = path.endsWith('-wal');
    const changed = [...changes(this.#indexes.get(path) ?? Buffer.alloc(0), bytes)];
    this.#indexes.set(path, bytes);
    // SQLite changes its main file by a journal, whole or not at all, and has synced it when that is over.
    if (changed.length > 0 && !isLog) this.#sync(inode, Infinity);
    for (const change of changed) this.tape.add({ type: 'write', inode, ...change });
  }

  /** SQLite syncs the names of its files. */
  #newIndexFile(path: string): Inode {
    this.#link(path);
    this.#sync(this.#inodeOf(dirname(path)));
    return this.#inodeOf(path);
  }

  /** Its full synchronous mode, in which a transaction that writes something is synced, is what the server asks for by a pragma. */
  #watchSqlite(): void {
    const pragma: unknown = Reflect.get(Database.prototype, 'pragma');
    if (typeof pragma !== 'function') throw new Error('SQLite has no pragmas');
    const watch = (path: string, source: string): void => {
      if (!this.#isBelow(path)) return;
      if (source === 'synchronous = FULL') {
        this.lookAtIndex(path);
        this.#syncsFully = true;
        return;
      }
      const before = this.tape.length;
      this.lookAtIndex(path);
      // One that changes nothing isn't synced.
      if (this.#syncsFully && this.tape.length > before) this.#noteIndexSynced(path);
      this.#syncsFully = false;
    };
    Object.defineProperty(Database.prototype, 'pragma', {
      configurable: true,
      writable: true,
      value: function (this: Database.Database, source: string, options?: Database.PragmaOptions) {
        if (source.startsWith('synchronous')) watch(this.name, source);
        return Reflect.apply(pragma, this, [source, options]) as unknown;
      },
    });
  }

  #functions(real: typeof fs) {
    return {
      ...this.#fileFunctions(real),
      ...this.#nameFunctions(real),
      ...this.#syncFunctions(real),
    };
  }

  #fileFunctions(real: typeof fs) {
    return {
      openSync: (path: string, flags: fs.OpenMode, mode?: fs.Mode) => {
        const existed = real.existsSync(path);
        const fd = real.openSync(path, flags, mode);
        if (!this.#isBelow(path)) return fd;
        if (!existed) this.#link(path);
        const inode = this.#inodes.get(resolve(path)); // none: SQLite's, which it writes itself
        if (inode !== undefined) this.#open.set(fd, inode);
        return fd;
      },
      closeSync: (fd: number) => {
        this.#open.delete(fd);
        real.closeSync(fd);
      },
      writevSync: (fd: number, parts: readonly Uint8Array[], position?: number) => {
        const offset = position ?? real.fstatSync(fd).size;
        const written = real.writevSync(fd, parts, position);
        this.#write(fd, offset, Buffer.concat(parts).subarray(0, written));
        return written;
      },
      /** Of an open file, from its beginning. */
      writeFileSync: (fd: number, content: string | Uint8Array) => {
        real.writeFileSync(fd, content);
        this.#write(fd, 0, typeof content === 'string' ? Buffer.from(content) : content);
      },
      ftruncateSync: (fd: number, sizeBytes = 0) => {
        const inode = this.#open.get(fd);
        real.ftruncateSync(fd, sizeBytes);
        if (inode !== undefined) this.tape.add({ type: 'truncate', inode, sizeBytes });
      },
    };
  }

  #nameFunctions(real: typeof fs) {
    const unlinked = (path: string): void => {
      if (!this.#inodes.has(resolve(path))) return;
      this.tape.add({ type: 'unlink', inode: this.#inodeOf(dirname(path)), name: basename(path) });
      this.#inodes.delete(resolve(path));
      this.#indexes.delete(path);
    };
    return {
      mkdirSync: (path: string, options?: fs.MakeDirectoryOptions) => {
        const first = real.mkdirSync(path, options);
        if (first !== undefined && this.#isBelow(path)) this.#linkFolders(first, path);
        return first;
      },
      unlinkSync: (path: string) => {
        real.unlinkSync(path);
        unlinked(path);
      },
      rmSync: (path: string, options?: fs.RmOptions) => {
        real.rmSync(path, options);
        unlinked(path);
      },
      renameSync: (from: string, to: string) => {
        if (this.#isBelow(to)) this.#rename(from, to);
        real.renameSync(from, to);
      },
    };
  }

  #syncFunctions(real: typeof fs) {
    return {
      fsyncSync: (fd: number) => {
        if (!this.#open.has(fd)) real.fsyncSync(fd);
        else if (this.#faults.forgetsFolderSyncs !== true || real.fstatSync(fd).isFile())
          this.#sync(this.#open.get(fd));
      },
      fdatasync: (fd: number, done: Callback) => {
        const inode = this.#open.get(fd);
        const through = this.tape.length;
        this.#later(1 + this.#random.integer(LONGEST_SYNC_TURNS), () => {
          this.#sync(inode, through);
          done(null);
        });
      },
    };
  }

  #later(turns: number, run: () => void): void {
    setImmediate(() => {
      if (turns <= 1) run();
      else this.#later(turns - 1, run);
    });
  }

  #write(fd: number, offset: number, bytes: Uint8Array): void {
    const inode = this.#open.get(fd);
    if (inode !== undefined) this.tape.add({ type: 'write', inode, offset, bytes: Buffer.from(bytes) });
  }

  #sync(inode: Inode | undefined, through = this.tape.length): void {
    if (inode !== undefined) this.tape.add({ type: 'sync', inode, through });
  }

  #link(path: string, isFolder = false): void {
    const target = this.tape.newInode();
    const inode = this.#inodeOf(dirname(path));
    this.tape.add({ type: 'link', inode, name: basename(path), target, isFolder });
    this.#inodes.set(resolve(path), target);
  }

  #linkFolders(first: string, last: string): void {
    const paths: string[] = [];
    for (let path = resolve(last); path.length >= resolve(first).length; path = dirname(path))
      paths.unshift(path);
    for (const path of paths) this.#link(path, true);
  }

  #rename(from: string, to: string): void {
    if (!this.#inodes.has(resolve(from))) this.#lookAt(from);
    const inode = this.#inodeOf(from);
    this.tape.add({
      type: 'rename',
      inode: this.#inodeOf(dirname(from)),
      name: basename(from),
      to: basename(to),
    });
    this.#inodes.delete(resolve(from));
    this.#inodes.set(resolve(to), inode);
    this.#indexes.delete(to);
  }

  #inodeOf(path: string): Inode {
    const inode = this.#inodes.get(resolve(path));
    if (inode === undefined) throw new Error(`${path} is not on the tape`);
    return inode;
  }

  #isBelow(path: string): boolean {
    return resolve(path) === this.#root || resolve(path).startsWith(this.#root + sep);
  }

  #learnNames(folders: ReadonlyMap<Inode, Names>, folder: Inode, path: string): void {
    this.#inodes.set(path, folder);
    for (const [name, inode] of folders.get(folder) ?? []) {
      if (folders.has(inode)) this.#learnNames(folders, inode, path + sep + name);
      else this.#inodes.set(path + sep + name, inode);
    }
  }
}

interface Change {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Where `after` differs from `before`, block by block. */
function* changes(before: Buffer, after: Buffer): Generator<Change> {
  for (let start = 0; start < after.length; start += BLOCK_BYTES) {
    const end = Math.min(after.length, start + BLOCK_BYTES);
    if (!before.subarray(start, end).equals(after.subarray(start, end)))
      yield changeIn(before, after, start, end);
  }
}

/** Only what was written: the rest can't be torn. Behind the end of `before` all is new. */
function changeIn(before: Buffer, after: Buffer, start: number, end: number): Change {
  let [first, last] = [start, end];
  while (before[first] === after[first]) first++;
  while (before[last - 1] === after[last - 1]) last--;
  return { offset: first, bytes: Buffer.from(after.subarray(first, last)) };
}
