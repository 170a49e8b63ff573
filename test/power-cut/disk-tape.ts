/**
 * What a process did to the files below a folder, in order: writes, changes of names, and what it had synced. From
 * this a test can tell what a power cut at any moment may have left (after-cut.ts).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Tells files and folders apart, whatever their names are by now. */
export type Inode = number;

export type DiskStep =
  | { readonly type: 'write'; readonly inode: Inode; readonly offset: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly inode: Inode; readonly sizeBytes: number }
  | {
      readonly type: 'link';
      readonly inode: Inode;
      readonly name: string;
      readonly target: Inode;
      readonly isFolder: boolean;
    }
  | { readonly type: 'unlink'; readonly inode: Inode; readonly name: string }
  | { readonly type: 'rename'; readonly inode: Inode; readonly name: string; readonly to: string }
  /** All steps on this inode before the step number `through` survive a power cut from now on. */
  | { readonly type: 'sync'; readonly inode: Inode; readonly through: number };

/** Steps of which a folder is the inode, or a file. */
export type NameStep = Extract<DiskStep, { readonly name: string }>;
export type DataStep = Extract<DiskStep, { readonly type: 'write' | 'truncate' }>;

/** A folder: what its names name. */
export type Names = Map<string, Inode>;

export interface DiskStart {
  readonly root: Inode;
  readonly folders: ReadonlyMap<Inode, Names>;
  readonly files: ReadonlyMap<Inode, Buffer>;
}

export class DiskTape {
  readonly start: DiskStart;
  readonly steps: DiskStep[];
  #lastInode: Inode;

  private constructor(start: DiskStart, steps: DiskStep[], lastInode: Inode) {
    this.start = start;
    this.steps = steps;
    this.#lastInode = lastInode;
  }

  /** All that is in `folder` now counts as durable. */
  static startingWith(folder: string): DiskTape {
    let lastInode = 0;
    const folders = new Map<Inode, Names>();
    const files = new Map<Inode, Buffer>();
    const read = (path: string): Inode => {
      const inode = ++lastInode;
      const names: Names = new Map();
      folders.set(inode, names);
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        const entryPath = join(path, entry.name);
        if (entry.isDirectory()) {
          names.set(entry.name, read(entryPath));
          continue;
        }
        const file = ++lastInode;
        files.set(file, readFileSync(entryPath));
        names.set(entry.name, file);
      }
      return inode;
    };
    return new DiskTape({ root: read(folder), folders, files }, [], lastInode);
  }

  /** What came before the step number `end`, to go on with: of a process that was killed then nothing is lost yet. */
  until(end: number): DiskTape {
    return new DiskTape(this.start, this.steps.slice(0, end), this.#lastInode);
  }

  newInode(): Inode {
    return ++this.#lastInode;
  }

  get length(): number {
    return this.steps.length;
  }

  add(step: DiskStep): void {
    this.steps.push(step);
  }

  /** Those of the steps before `end` that a power cut can't take back, by their numbers. */
  durable(end: number): ReadonlySet<number> {
    const through = this.#syncedThrough(end);
    const numbers = [...this.steps.slice(0, end).keys()];
    return new Set(numbers.filter((number) => number < (through.get(this.steps[number]?.inode ?? 0) ?? 0)));
  }

  #syncedThrough(end: number): ReadonlyMap<Inode, number> {
    const through = new Map<Inode, number>();
    for (const step of this.steps.slice(0, end)) {
      if (step.type === 'sync') through.set(step.inode, Math.max(step.through, through.get(step.inode) ?? 0));
    }
    return through;
  }
}
