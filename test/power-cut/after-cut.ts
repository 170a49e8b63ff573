/**
 * What a power cut may have left of the files: all that was synced, and of the rest anything. Writes reach the disk in
 * blocks and in any order, a file's new size with or without what was written, and names one by one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import type { DataStep, DiskStep, DiskTape, Inode, NameStep, Names } from './disk-tape.ts';

/** What becomes of that which nobody synced. */
export const FATES = ['all is lost', 'nothing is lost', 'the last is lost', 'anything is lost'] as const;
export type Fate = (typeof FATES)[number];

const BLOCK_SIZES = [512, 4_096];
const ODDS = 2;

/** A file that grows as it is written. */
class GrowingFile {
  #room: Buffer;
  #sizeBytes: number;

  constructor(bytes: Buffer) {
    this.#room = Buffer.from(bytes);
    this.#sizeBytes = bytes.length;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#sizeBytes);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.grow(offset + bytes.length);
    this.#room.set(bytes, offset);
  }

  resize(sizeBytes: number): void {
    this.grow(sizeBytes);
    this.#room.fill(0, sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  grow(sizeBytes: number): void {
    if (sizeBytes > this.#room.length) {
      const room = Buffer.alloc(2 * sizeBytes);
      room.set(this.bytes);
      this.#room = room;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, sizeBytes);
  }
}

export class AfterCut {
  readonly #tape: DiskTape;
  readonly #random: SeededRandom;
  readonly #folders: Map<Inode, Names>;
  readonly #files = new Map<Inode, GrowingFile>();

  /** The power fails before the tape's step number `end`. */
  constructor(tape: DiskTape, end: number, fate: Fate, random: SeededRandom) {
    this.#tape = tape;
    this.#random = random;
    this.#folders = new Map([...tape.start.folders].map(([inode, names]) => [inode, new Map(names)]));
    for (const [inode, bytes] of tape.start.files) this.#files.set(inode, new GrowingFile(bytes));
    this.#replay(end, fate);
  }

  get folders(): ReadonlyMap<Inode, Names> {
    return this.#folders;
  }

  /** Writes what is left into `folder`, which is empty. */
  writeTo(folder: string): void {
    this.#writeFolder(this.#tape.start.root, folder);
  }

  #replay(end: number, fate: Fate): void {
    const durable = this.#tape.durable(end);
    const fates = new Map<Inode, (number: number) => Survival>();
    for (const [number, step] of this.#tape.steps.slice(0, end).entries()) {
      const survives = fates.get(step.inode) ?? this.#fateOf(step.inode, fate, end);
      fates.set(step.inode, survives);
      this.#change(step, durable.has(number) ? 'whole' : survives(number));
    }
  }

  #change(step: DiskStep, survival: Survival): void {
    if (step.type === 'sync') return;
    if ('name' in step) this.#changeName(step, survival);
    else this.#changeData(step, survival);
  }

  /** What becomes of each of an inode's steps that wasn't synced. */
  #fateOf(inode: Inode, fate: Fate, end: number): (number: number) => Survival {
    if (fate === 'all is lost') return () => 'lost';
    if (fate === 'nothing is lost') return () => 'whole';
    if (fate === 'anything is lost')
      return () => (['lost', 'in part', 'whole'] as const)[this.#random.integer(3)] ?? 'lost';
    const own = [...this.#tape.steps.slice(0, end).keys()].filter(
      (number) => this.#tape.steps[number]?.inode === inode,
    );
    const last = own[this.#random.integer(own.length)] ?? 0;
    if (this.#random.integer(ODDS) === 0) return (number) => (number < last ? 'whole' : 'lost');
    return (number) => (number < last ? 'whole' : number === last ? 'in part' : 'lost');
  }

  #changeName(step: NameStep, survival: Survival): void {
    if (survival === 'lost') return;
    const names = this.#folders.get(step.inode) ?? new Map<string, Inode>();
    this.#folders.set(step.inode, names);
    if (step.type === 'link') this.#link(names, step);
    else if (step.type === 'unlink') names.delete(step.name);
    else rename(names, step.name, step.to);
  }

  #link(names: Names, { name, target, isFolder }: Extract<NameStep, { readonly type: 'link' }>): void {
    if (isFolder) this.#folders.set(target, new Map());
    names.set(name, target);
  }

  #changeData(step: DataStep, survival: Survival): void {
    const file = this.#files.get(step.inode) ?? new GrowingFile(Buffer.alloc(0));
    this.#files.set(step.inode, file);
    if (survival === 'lost') return;
    if (step.type === 'truncate') file.resize(step.sizeBytes);
    else if (survival === 'whole') file.write(step.offset, step.bytes);
    else this.#writeBlocks(file, step.offset, step.bytes);
  }

  /** Some of the blocks; those that are missing read as zeros, or as what was there, or as what lay on the disk. */
  #writeBlocks(file: GrowingFile, offset: number, bytes: Buffer): void {
    const blockBytes = BLOCK_SIZES[this.#random.integer(BLOCK_SIZES.length)] ?? 512;
    if (this.#random.integer(ODDS) === 0) file.grow(offset + bytes.length);
    for (let start = 0; start < bytes.length;) {
      const end = Math.min(bytes.length, start + blockBytes - ((offset + start) % blockBytes));
      const luck = this.#random.integer(8);
      if (luck === 0) file.write(offset + start, this.#random.bytes(end - start));
      else if (luck < 5) file.write(offset + start, bytes.subarray(start, end));
      start = end;
    }
  }

  #writeFolder(inode: Inode, path: string): void {
    mkdirSync(path, { recursive: true });
    for (const [name, target] of this.#folders.get(inode) ?? []) {
      const file = this.#files.get(target);
      if (this.#folders.has(target)) this.#writeFolder(target, join(path, name));
      else writeFileSync(join(path, name), file?.bytes ?? Buffer.alloc(0));
    }
  }
}

/** One that was lost before it can't be renamed. */
function rename(names: Names, from: string, to: string): void {
  const target = names.get(from);
  names.delete(from);
  if (target !== undefined) names.set(to, target);
}

type Survival = 'lost' | 'in part' | 'whole';
