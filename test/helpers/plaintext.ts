/** Everything that a server must never see, as patterns to search for: samples of content, names, secrets. */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { TreeFacts } from './file-tree.ts';
import { PatternSearch } from './pattern-search.ts';
import type { Finding, Pattern } from './pattern-search.ts';
import type { SeededRandom } from './seeded-random.ts';

const SAMPLE_BYTES = 16;
const FEWEST_SAMPLES = 4;
const BYTES_A_SAMPLE = 100_000;
/** A sample of fewer different bytes than this could be anyone's: zeros, spaces, a line of dashes. */
const FEWEST_DIFFERENT_BYTES = 8;
/** Shorter names turn up in random bytes by chance. */
const SHORTEST_NAME_BYTES = 6;

/** Samples of 16 bytes from random places of each file that is long enough. */
export async function contentPatterns(
  root: string,
  tree: TreeFacts,
  random: SeededRandom,
): Promise<Pattern[]> {
  const patterns: Pattern[] = [];
  for (const [name, { sizeBytes }] of tree.files) {
    if (sizeBytes < SAMPLE_BYTES) continue;
    const file = await open(path.join(root, name));
    const count = FEWEST_SAMPLES + Math.ceil(sizeBytes / BYTES_A_SAMPLE);
    for (let i = 0; i < count; i++) {
      const offset = random.integer(sizeBytes - SAMPLE_BYTES + 1);
      const { buffer } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, offset);
      const isTelling = new Set(buffer).size >= FEWEST_DIFFERENT_BYTES;
      if (isTelling) patterns.push({ label: `content of ${name} at ${offset}`, bytes: buffer });
    }
    await file.close();
  }
  return patterns;
}

/** Names of files and folders in the encodings in which they might leak. */
export function namePatterns(tree: TreeFacts): Pattern[] {
  const paths = [...tree.files.keys(), ...tree.folders];
  const names = new Set(paths.map((each) => each.split('/').at(-1) ?? ''));
  return [...names].flatMap((name) => textPatterns(`name ${name}`, name, ['utf8', 'utf16le']));
}

/** A password as text, and as whoever logs it might have encoded it. */
export function passwordPatterns(password: string): Pattern[] {
  return textPatterns('password', password, ['utf8', 'utf16le'], ['hex', 'base64']);
}

/** A recovery key: neighbouring words with what might stand between them, and the key itself. */
export function recoveryPatterns(words: readonly string[]): Pattern[] {
  const pairs = words
    .slice(1)
    .flatMap((word, index) =>
      [' ', ',', '\n', '","'].map((between) => `${words[index] ?? ''}${between}${word}`),
    );
  const key = Buffer.from(mnemonicToEntropy(words.join(' '), wordlist));
  const texts = [...pairs, key.toString('hex'), key.toString('base64').slice(0, -2)];
  return [
    { label: 'recovery key', bytes: key },
    ...texts.flatMap((text) => textPatterns('recovery key', text, ['utf8', 'utf16le'])),
  ];
}

function textPatterns(
  label: string,
  text: string,
  encodings: readonly ('utf8' | 'utf16le')[],
  written: readonly ('hex' | 'base64')[] = [],
): Pattern[] {
  const plain = encodings.map((encoding) => ({
    label: `${label} (${encoding})`,
    bytes: Buffer.from(text, encoding),
  }));
  const again = written.map((encoding) => ({
    label: `${label} (${encoding})`,
    // What comes before decides how the last letters of Base64 look.
    bytes: Buffer.from(Buffer.from(text).toString(encoding).slice(0, -4)),
  }));
  return [...plain, ...again].filter(({ bytes }) => bytes.length >= SHORTEST_NAME_BYTES);
}

/** The patterns that lie in no file of `folder`: what is public anyway proves nothing. */
export async function withoutPublic(patterns: readonly Pattern[], folder: string): Promise<Pattern[]> {
  const found = new Set((await searchFolder(new PatternSearch(patterns), folder)).map(({ label }) => label));
  return patterns.filter(({ label }) => !found.has(label));
}

/** Searches every file below `folder`. */
export async function searchFolder(search: PatternSearch, folder: string): Promise<Finding[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const findings: Finding[] = [];
  for (const entry of entries) {
    if (entry.isFile()) findings.push(...(await search.inFile(path.join(entry.parentPath, entry.name))));
  }
  return findings;
}
