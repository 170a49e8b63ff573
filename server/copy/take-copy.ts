/**
 * Copies a data folder while a server runs on it: the segments and the sign-in secret. The index is left out, since it
 * is made anew from the segments.
 *
 * Why what is copied is consistent: a server appends to its newest segment alone, and never to an older one again. So
 * segments are copied in ascending order, each until a newer one is seen, and what is copied is all that was written up
 * to one moment. Compaction may remove a segment before it is reached; it has copied what counts to a newer one by then,
 * which is copied later.
 */
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { HoldfastError } from '../../shared/errors.ts';
import type { DataFolder } from '../data-folder.ts';
import { fsyncFolder, makeFolder } from '../durable-folder.ts';
import type { Clock } from '../ports.ts';
import { segmentName, segmentNumbers } from '../store/disk/segment-names.ts';
import { writeWhole } from '../write-whole.ts';
import { SourceFile, TargetFile } from './copy-file.ts';
import { readManifest, writeManifest } from './manifest.ts';
import type { CopiedFile } from './manifest.ts';

export interface CopyReport {
  readonly segments: number;
  readonly bytes: number;
  /** Of them, what was copied now. */
  readonly copiedBytes: number;
  /** Segments of the last copy that the server has none of any more. */
  readonly removedSegments: number;
}

const OPAQUE_SETUP = 'opaque-setup';
/** What a first copy that was cut short leaves. */
const OWN_NAMES = new Set(['segments', OPAQUE_SETUP, `${OPAQUE_SETUP}.part`, 'manifest.json.part']);

/** Throws `config-invalid` if the target can't be one, and the system's errors. */
export function takeCopy(source: DataFolder, target: string, clock: Clock): CopyReport {
  const folder = resolve(target);
  checkTarget(source, folder);
  const beganAt = new Date(clock.nowMs()).toISOString();
  const copy = new Copy(source.segments, folder);
  copy.run();
  writeWhole(join(folder, OPAQUE_SETUP), readFileSync(source.opaqueSetup, 'utf8'));
  const opaque = new SourceFile(join(folder, OPAQUE_SETUP));
  opaque.read(Infinity);
  const files = [{ name: OPAQUE_SETUP, ...opaque.copied }, ...copy.files];
  opaque.close();
  copy.settle(() => {
    writeManifest(folder, { format: 'holdfast-server-copy-1', beganAt, files });
  });
  return copy.report;
}

/** Makes the target. */
function checkTarget(source: DataFolder, folder: string): void {
  if (!existsSync(source.opaqueSetup)) throw invalid(`There is no server's data in ${source.path}.`);
  if (isWithin(folder, source.path) || isWithin(source.path, folder)) {
    throw invalid(`The copy can't be in the data folder ${source.path} itself, nor around it.`);
  }
  checkIsCopy(folder, source);
  makeFolder(join(folder, 'segments'));
}

/** Or nothing yet. */
function checkIsCopy(folder: string, source: DataFolder): void {
  if (readManifest(folder) === undefined && namesIn(folder).some((name) => !OWN_NAMES.has(name))) {
    throw invalid(`${folder} holds something else. Give an empty folder, or one with an earlier copy.`);
  }
  const setup = join(folder, OPAQUE_SETUP);
  if (existsSync(setup) && readFileSync(setup, 'utf8') !== readFileSync(source.opaqueSetup, 'utf8')) {
    throw invalid(`${folder} holds the copy of another server.`);
  }
}

function isWithin(path: string, folder: string): boolean {
  return `${path}${sep}`.startsWith(`${folder}${sep}`);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

class Copy {
  readonly #source: string;
  readonly #target: string;
  readonly #known: ReadonlyMap<string, CopiedFile>;
  /** Copies of segments that are not what they were: they take their places at the end. */
  readonly #replacing: string[] = [];
  readonly files: CopiedFile[] = [];
  #copiedBytes = 0;
  #removedSegments = 0;

  constructor(source: string, folder: string) {
    this.#source = source;
    this.#target = join(folder, 'segments');
    this.#known = new Map(readManifest(folder)?.files.map((file) => [file.name, file]));
  }

  get report(): CopyReport {
    const bytes = this.files.reduce((sum, file) => sum + file.bytes, 0);
    const [copiedBytes, removedSegments] = [this.#copiedBytes, this.#removedSegments];
    return { segments: this.files.length, bytes, copiedBytes, removedSegments };
  }

  run(): void {
    for (let next = this.#after(0); next !== undefined; next = this.#after(next)) this.#copySegment(next);
  }

  /** Puts everything in its place around the writing of the manifest, and drops what it doesn't name. */
  settle(writeManifest: () => void): void {
    for (const name of this.#replacing.filter((replaced) =>
      existsSync(join(this.#target, `${replaced}.new`)),
    )) {
      renameSync(join(this.#target, `${name}.new`), join(this.#target, name));
    }
    fsyncFolder(this.#target);
    writeManifest();
    const named = new Set(this.files.map(({ name }) => name));
    for (const name of readdirSync(this.#target)) {
      if (named.has(`segments/${name}`)) continue;
      rmSync(join(this.#target, name));
      this.#removedSegments++;
    }
  }

  #after(segment: number): number | undefined {
    return segmentNumbers(readdirSync(this.#source)).find((number) => number > segment);
  }

  #copySegment(segment: number): void {
    const name = segmentName(segment);
    const path = join(this.#source, name);
    const isEnded = this.#after(segment) !== undefined;
    const known = this.#known.get(`segments/${name}`);
    if (known === undefined) this.#copyFile(segment, name, 0);
    // What ended before and was copied isn't read again: a flipped bit in it must not replace a good copy.
    else if (isEnded && sizeOf(path) === known.bytes && this.#hasCopy(name, known)) this.files.push(known);
    else this.#copyAgain(segment, known);
  }

  #copyAgain(segment: number, known: CopiedFile): void {
    const name = segmentName(segment);
    if (this.#hasCopy(name, known) && isContinuation(join(this.#source, name), known)) {
      this.#copyFile(segment, name, known.bytes);
      return;
    }
    this.#replacing.push(name);
    this.#copyFile(segment, `${name}.new`, 0);
  }

  #copyFile(segment: number, copyName: string, keptBytes: number): void {
    const name = segmentName(segment);
    const source = openUnlessGone(join(this.#source, name));
    if (source === undefined) return;
    try {
      source.read(keptBytes);
      const target = new TargetFile(join(this.#target, copyName), keptBytes);
      this.#readToItsEnd(segment, source, target);
      target.finish();
      this.files.push({ name: `segments/${name}`, ...source.copied });
      this.#copiedBytes += source.copied.bytes - keptBytes;
    } finally {
      source.close();
    }
  }

  /** A segment ends when there is a newer one: so that is looked for before it is read, and again afterwards. */
  #readToItsEnd(segment: number, source: SourceFile, target: TargetFile): void {
    for (;;) {
      const isEnded = this.#after(segment) !== undefined;
      source.read(Infinity, (bytes, offset) => {
        target.write(bytes, offset);
      });
      if (isEnded || this.#after(segment) === undefined) return;
    }
  }

  #hasCopy(name: string, { bytes }: CopiedFile): boolean {
    return sizeOf(join(this.#target, name)) >= bytes;
  }
}

/** Whether a file still begins with what was copied. */
function isContinuation(path: string, { bytes, sha256 }: CopiedFile): boolean {
  const source = openUnlessGone(path);
  if (source === undefined) return false;
  source.read(bytes);
  source.close();
  return source.copied.sha256 === sha256;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Undefined if compaction has removed it. */
function openUnlessGone(path: string): SourceFile | undefined {
  try {
    return new SourceFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('config-invalid', { detail });
}
