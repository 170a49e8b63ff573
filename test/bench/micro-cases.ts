/**
 * The hot path's steps alone, in whichever realm this runs (Node, or a worker in a page): one thread, one
 * thing at a time. What they add up to is less than a backup's speed allows, as some run beside each other.
 */
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import { Chunker } from '../../shared/format/chunker.ts';
import { GearScanner } from '../../shared/format/gear-scanner.ts';
import { compressed, uncompressed } from '../../shared/format/compression.ts';
import { sealChunk } from '../../shared/format/sealed-chunk.ts';
import { importDerivationKey, secureRandom } from '../../shared/crypto/primitives.ts';
import type { Zstd } from '../../shared/format/compression.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring } from '../../shared/crypto/vault-keys.ts';
import type { VaultKeyring } from '../../shared/crypto/vault-keys.ts';
import { HASH_ID_BYTES, idFromBytes, randomId } from '../../shared/ids.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { MAX_REFS_IN_PAGE, PIECE_BYTES } from '../../shared/limits.ts';
import { ChunkIndex } from '../../web/worker/vault/chunk-index.ts';
import type { Figures } from './tasks.ts';

const MIB = 1024 * 1024;
const CHUNK_BYTES = MIB;
const SEALED_BYTES = 128 * MIB;
const SCANNED_BYTES = 512 * MIB;
const INDEXED_IDS = 1_000_000;
const LOOKUPS = 100_000;

export interface MicroRealm {
  readonly checksum: (bytes: Uint8Array) => number;
  readonly zstd: Zstd;
  /** Resident bytes of this realm's process. */
  readonly rssBytes: () => Promise<number>;
}

/** Megabytes (10^6 bytes) a second by step, and time and memory of an index of a million chunk ids. */
export async function runMicroCases(realm: MicroRealm): Promise<Figures> {
  const keyring = await newKeyring();
  const pieces = randomPieces(CHUNK_BYTES);
  const text = textPieces(CHUNK_BYTES);
  const id = await chunkIdOf(keyring.idKey, 'content', pieces);
  return {
    'seal MB/s': await speed(SEALED_BYTES, CHUNK_BYTES, async () => {
      await sealChunk(keyring, 'content', id, uncompressed(pieces), secureRandom);
    }),
    'chunk-id MB/s': await speed(SEALED_BYTES, CHUNK_BYTES, async () => {
      await chunkIdOf(keyring.idKey, 'content', pieces);
    }),
    'compress-random MB/s': await speed(SEALED_BYTES, CHUNK_BYTES, () => {
      compressed(pieces, realm.zstd);
    }),
    'compress-text MB/s': await speed(SEALED_BYTES, CHUNK_BYTES, () => {
      compressed(text, realm.zstd);
    }),
    'chunker MB/s': scanSpeed(keyring.gearTable),
    'checksum MB/s': await speed(SCANNED_BYTES, PIECE_BYTES, () => {
      realm.checksum(pieces[0] ?? new Uint8Array(0));
    }),
    ...(await indexFigures(realm)),
  };
}

async function newKeyring(): Promise<VaultKeyring> {
  const key = await importDerivationKey(secureRandom(new Uint8Array(32)));
  return deriveVaultKeyring(randomId<VaultId>(secureRandom), 0, key);
}

/** Random bytes in pieces, each with a whole buffer behind it, as the reader hands them over. */
function randomPieces(totalBytes: number): Bytes[] {
  const pieces: Bytes[] = [];
  for (let start = 0; start < totalBytes; start += PIECE_BYTES) {
    const piece = new Uint8Array(PIECE_BYTES);
    fillRandom(piece);
    pieces.push(piece.subarray(0, Math.min(PIECE_BYTES, totalBytes - start)));
  }
  return pieces;
}

/** Words in no order: as text goes, neither easy nor hard to compress. */
function textPieces(totalBytes: number): Bytes[] {
  const words = Array.from({ length: 2_000 }, () => randomWord());
  return randomPieces(totalBytes).map((piece) => {
    const picks = new Uint16Array(piece.slice().buffer.slice(0, piece.length & ~1));
    const text = Array.from(picks, (pick) => words[pick % words.length]).join(' ');
    return new TextEncoder().encode(text).slice(0, piece.length);
  });
}

function randomWord(): string {
  const letters = secureRandom(new Uint8Array(8));
  return String.fromCharCode(...letters.subarray(0, 3 + ((letters[7] ?? 0) % 5)).map((n) => 97 + (n % 26)));
}

function fillRandom(bytes: Bytes): void {
  const stepBytes = 64 * 1024; // the most that getRandomValues gives at once
  for (let start = 0; start < bytes.length; start += stepBytes)
    secureRandom(bytes.subarray(start, start + stepBytes));
}

async function speed(
  totalBytes: number,
  stepBytes: number,
  step: () => Promise<void> | void,
): Promise<number> {
  await step();
  const steps = Math.ceil(totalBytes / stepBytes);
  const startedAtMs = performance.now();
  for (let i = 0; i < steps; i++) await step();
  return megabytesPerSecond(steps * stepBytes, performance.now() - startedAtMs);
}

function scanSpeed(gearTable: Bytes): number {
  const part = new Uint8Array(2 * MIB);
  fillRandom(part);
  const chunker = new Chunker(new GearScanner(gearTable));
  scanAll(chunker, part, part.length);
  const startedAtMs = performance.now();
  scanAll(chunker, part, SCANNED_BYTES);
  return megabytesPerSecond(SCANNED_BYTES, performance.now() - startedAtMs);
}

function scanAll(chunker: Chunker, part: Uint8Array, totalBytes: number): void {
  for (let scanned = 0; scanned < totalBytes; scanned += part.length) {
    for (let start = 0; start < part.length;) {
      const cut = chunker.next(part, start, part.length);
      start = cut === -1 ? part.length : cut;
    }
  }
}

/** As opening a vault does it: page by page. */
async function indexFigures({ rssBytes }: MicroRealm): Promise<Figures> {
  const pages: Bytes[] = [];
  for (let ids = 0; ids < INDEXED_IDS; ids += MAX_REFS_IN_PAGE) {
    const page = new Uint8Array(Math.min(MAX_REFS_IN_PAGE, INDEXED_IDS - ids) * HASH_ID_BYTES);
    fillRandom(page);
    pages.push(page);
  }
  const rssBefore = await rssBytes();
  const index = new ChunkIndex();
  const startedAtMs = performance.now();
  for (const page of pages) index.addPage(page);
  const builtAtMs = performance.now();
  const rssAfter = await rssBytes();
  return {
    'index-build ms': builtAtMs - startedAtMs,
    'index-memory MB': (rssAfter - rssBefore) / 1e6,
    'index-lookup ns': lookUpNs(index, pages),
  };
}

function lookUpNs(index: ChunkIndex, pages: readonly Bytes[]): number {
  const ids = pages.flatMap((page) => idsOf(page)).slice(0, LOOKUPS);
  const startedAtMs = performance.now();
  const found = ids.filter((id) => index.has(id)).length;
  const tookMs = performance.now() - startedAtMs;
  if (found !== ids.length || index.size !== INDEXED_IDS) throw new Error('The index has lost ids.');
  return (tookMs * 1e6) / ids.length;
}

/** The first thousand ids of a page. */
function idsOf(page: Bytes): ChunkId[] {
  const count = Math.min(1_000, page.length / HASH_ID_BYTES);
  return Array.from({ length: count }, (_, i) =>
    idFromBytes<ChunkId>(page.subarray(i * HASH_ID_BYTES, (i + 1) * HASH_ID_BYTES)),
  );
}

function megabytesPerSecond(bytes: number, ms: number): number {
  return bytes / 1e3 / ms;
}
