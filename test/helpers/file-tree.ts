/** Folders of files to back up, and what is in a folder: every name, time and content, to compare with. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, lstat, mkdir, open, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const WRITTEN_AT_ONCE_BYTES = 4 * 1024 * 1024;

export interface FileFacts {
  readonly sizeBytes: number;
  /** Whole milliseconds, as browsers tell it. */
  readonly modifiedAtMs: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

export interface TreeFacts {
  /** By path from the root, with `/` between names. */
  readonly files: ReadonlyMap<string, FileFacts>;
  /** Every folder below the root, sorted. */
  readonly folders: readonly string[];
}

/** What is in `folder`. */
export async function readTree(folder: string): Promise<TreeFacts> {
  const files = new Map<string, FileFacts>();
  const folders: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
      const at = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        folders.push(at);
        await walk(at);
      } else {
        files.set(at, await readFacts(path.join(folder, at)));
      }
    }
  };
  await walk('');
  return { files, folders: folders.sort() };
}

async function readFacts(file: string): Promise<FileFacts> {
  const { size, mtimeNs } = await stat(file, { bigint: true });
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(part as Buffer);
  return { sizeBytes: Number(size), modifiedAtMs: Number(mtimeNs / 1_000_000n), sha256: hash.digest('hex') };
}

/** Copies installed packages into `folder`, without links. Scopes become folders. */
export async function copyPackages(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await cp(path.join(PROJECT, 'node_modules', name), path.join(folder, name), {
      recursive: true,
      filter: async (source) => !(await lstat(source)).isSymbolicLink(),
    });
  }
}

/** Writes `sizeBytes` of random bytes. */
export async function writeRandomFile(file: string, sizeBytes: number, random: SeededRandom): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'w');
  const part = new Uint8Array(WRITTEN_AT_ONCE_BYTES);
  for (let left = sizeBytes; left > 0; left -= part.length) {
    await handle.write(random.fill(part), 0, Math.min(left, part.length));
  }
  await handle.close();
}

/** Names that have broken backup programs: how they are spelt, how long they are, what they mean elsewhere. */
export const AWKWARD_NAMES: readonly string[] = [
  '\u{1F5DD}\u{FE0F} keys \u{1F469}‍\u{1F469}‍\u{1F467}.txt',
  'e\u0301te\u0301.txt',
  '\u00e9t\u00e9.txt',
  '한글 名前 שלום.txt',
  `${'n'.repeat(251)}.txt`,
  `${'\u{1F512}'.repeat(62)}1234567`,
  '.hidden',
  ' spaces at both ends ',
  '100% #1 & \'single\' "double" <angle> {brace} $HOME `tick`.txt',
  'line\nbreak.txt',
  '__proto__',
  'CON.txt',
  'ends with a dot.',
];

/** Sizes at and beside the bounds at which content is cut. */
const BOUND_SIZES_BYTES = [0, 1, 131_071, 131_072, 258_048, 262_144, 262_145, 2_097_152, 2_097_153];

/** Fills `folder` with awkward names, sizes at every bound, and folders that are empty, deep and oddly named. */
export async function writeAwkwardFiles(folder: string, seed: number): Promise<void> {
  const random = seededRandom(seed);
  await mkdir(path.join(folder, 'names'), { recursive: true });
  for (const name of AWKWARD_NAMES) {
    await writeFile(path.join(folder, 'names', name), random.bytes(100 + random.integer(5_000)));
  }
  for (const sizeBytes of BOUND_SIZES_BYTES) {
    await writeRandomFile(path.join(folder, 'sizes', `${sizeBytes} bytes.bin`), sizeBytes, random);
  }
  await mkdir(path.join(folder, 'empty folder', 'and in it an empty one'), { recursive: true });
  const oddFolder = path.join(folder, `${'d'.repeat(250)}.long`, 'e\u0301 \u{1F4C1}');
  await writeRandomFile(path.join(oddFolder, 'inside.bin'), 3_000, random);
  const deepFolder = Array.from({ length: 20 }, (_, level) => `level ${level + 1}`).join('/');
  await writeRandomFile(path.join(folder, deepFolder, 'deep.bin'), 3_000, random);
}

/** Gives every file below `folder` a time of its own between 1990 and 2040, with fractions of a second. */
export async function scatterTimes(folder: string, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const startSeconds = Date.UTC(1990) / 1000;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const seconds = startSeconds + random.integer(50 * 365 * 86_400) + random.integer(1_000_000) / 1_000_000;
    await utimes(path.join(entry.parentPath, entry.name), seconds, seconds);
  }
}
