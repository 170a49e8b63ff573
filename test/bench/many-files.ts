/** A tree of many small files, made by a rule: ten folders of ten folders of a thousand files each. */
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seededRandom } from '../helpers/seeded-random.ts';
import type { SeededRandom } from '../helpers/seeded-random.ts';

const FOLDERS = 10;
const FILES_IN_FOLDER = 1_000;
export const TREE_FILES = FOLDERS * FOLDERS * FILES_IN_FOLDER;
const MOST_BYTES = 16 * 1024;
const WORDS = 4_096;

/** Writes the tree below `root`; returns its bytes. Its text compresses about as source code does. */
export async function writeManyFiles(root: string): Promise<number> {
  const random = seededRandom(1);
  const words = Array.from({ length: WORDS }, () => word(random));
  let bytes = 0;
  for (let folder = 0; folder < FOLDERS * FOLDERS; folder++) {
    const below = path.join(root, `folder ${Math.floor(folder / FOLDERS)}`, `part ${folder % FOLDERS}`);
    await mkdir(below, { recursive: true });
    for (let file = 0; file < FILES_IN_FOLDER; file++) {
      const content = text(random, words);
      await writeFile(path.join(below, `file ${file}.txt`), content);
      bytes += content.length;
    }
  }
  return bytes;
}

/** Appends a line to ten files, one in each folder. */
export async function changeTenFiles(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const file = path.join(root, name, 'part 5', 'file 500.txt');
    await writeFile(file, `changed at size ${(await stat(file)).size}\n`, { flag: 'a' });
  }
}

/** Renames one of the ten folders, and back at the next call. */
export async function renameFolder(root: string): Promise<void> {
  const [plain, renamed] = [path.join(root, 'folder 3'), path.join(root, 'renamed folder')];
  const isPlain = (await readdir(root)).includes('folder 3');
  await rename(isPlain ? plain : renamed, isPlain ? renamed : plain);
}

function word(random: SeededRandom): string {
  return Buffer.from(random.bytes(2 + random.integer(7)))
    .toString('hex')
    .slice(random.integer(4));
}

/** Most files are small: the size is a product of two chances. */
function text(random: SeededRandom, words: readonly string[]): string {
  const sizeBytes = 1 + Math.floor((random.integer(MOST_BYTES) * random.integer(MOST_BYTES)) / MOST_BYTES);
  let content = '';
  while (content.length < sizeBytes) {
    // Common words are more frequent, as in any text.
    const rank = Math.floor((random.integer(words.length) * random.integer(words.length)) / words.length);
    content += `${words[rank] ?? ''}${random.integer(9) === 0 ? '\n' : ' '}`;
  }
  return content.slice(0, sizeBytes);
}
