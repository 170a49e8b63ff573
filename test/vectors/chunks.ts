/** Chunks: where they are cut, their ids, their sealed pieces, their padding. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../shared/bytes.ts';
import { importDerivationKey } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring, keyringsOf } from '../../shared/crypto/vault-keys.ts';
import type { VaultKeyring } from '../../shared/crypto/vault-keys.ts';
import { Chunker } from '../../shared/format/chunker.ts';
import { GearScanner } from '../../shared/format/gear-scanner.ts';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import type { ChunkKind } from '../../shared/format/chunk-id.ts';
import { uncompressed } from '../../shared/format/compression.ts';
import { padmeBytes } from '../../shared/format/padding.ts';
import { openChunk, sealChunk } from '../../shared/format/sealed-chunk.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import { PIECE_BYTES } from '../../shared/limits.ts';
import { loadZstd } from '../../web/worker/zstd.ts';
import { piecesOf } from '../helpers/vault.ts';
import { contentBytes, fixedRandom, sha256Hex, vectorKind } from './vector.ts';
import type { Content } from './vector.ts';

const MIB = 1024 * 1024;
const VAULT = { vaultKey: '07'.repeat(32), vaultId: 'a1'.repeat(16), epoch: 3 };
const SALT = '5a17'.repeat(16);
const zstd = await loadZstd();

interface VaultInput {
  readonly vaultKey: string;
  readonly vaultId: string;
  readonly epoch: number;
}

async function keyringOf({ vaultKey, vaultId, epoch }: VaultInput): Promise<VaultKeyring> {
  return deriveVaultKeyring(vaultId as VaultId, epoch, await importDerivationKey(fromHex(vaultKey)));
}

export const chunker = vectorKind<{ readonly vaultKey: string; readonly content: Content }>({
  file: 'chunker.json',
  about:
    'FORMAT.md, Chunking. `ends` are the offsets behind each chunk’s last byte. Long content is given by a rule: ' +
    'sha256Counter is SHA-256(seed u32 || 0 u32) || SHA-256(seed u32 || 1 u32) || ..., little-endian, cut to its length.',
  cases: [
    {
      name: 'content that looks random',
      input: cutInput({ sha256Counter: { seed: 1, lengthBytes: 8 * MIB } }),
    },
    {
      name: 'a file that ends in its first chunk',
      input: cutInput({ sha256Counter: { seed: 1, lengthBytes: 200_000 } }),
    },
    { name: 'zeros, which are cut by length alone', input: cutInput({ zeros: 5 * MIB }) },
    {
      name: 'another vault',
      input: { vaultKey: '08'.repeat(32), content: { sha256Counter: { seed: 1, lengthBytes: 4 * MIB } } },
    },
  ],
  run: async ({ vaultKey, content }) => {
    const { gearTable } = await keyringOf({ ...VAULT, vaultKey });
    const bytes = contentBytes(content);
    const cutter = new Chunker(new GearScanner(gearTable));
    const ends: number[] = [];
    for (
      let cut = cutter.next(bytes, 0, bytes.length);
      cut !== -1;
      cut = cutter.next(bytes, cut, bytes.length)
    ) {
      ends.push(cut);
    }
    return { ends: ends.at(-1) === bytes.length ? ends : [...ends, bytes.length] };
  },
});

function cutInput(content: Content): { vaultKey: string; content: Content } {
  return { vaultKey: VAULT.vaultKey, content };
}

interface ChunkIdInput {
  readonly vaultKey: string;
  readonly kind: ChunkKind;
  readonly content: Content;
}

export const chunkIds = vectorKind<ChunkIdInput>({
  file: 'chunk-ids.json',
  about: 'FORMAT.md, Chunk ids. Long content is given by the rule that chunker.json explains.',
  cases: [
    { name: 'one byte', input: { vaultKey: VAULT.vaultKey, kind: 'content', content: { hex: '00' } } },
    { name: 'a text', input: { vaultKey: VAULT.vaultKey, kind: 'content', content: { hex: '48656c6c6f' } } },
    {
      name: 'the same of folders',
      input: { vaultKey: VAULT.vaultKey, kind: 'folders', content: { hex: '48656c6c6f' } },
    },
    {
      name: 'the same in another vault',
      input: { vaultKey: '08'.repeat(32), kind: 'content', content: { hex: '48656c6c6f' } },
    },
    ...[PIECE_BYTES, PIECE_BYTES + 1, 2 * MIB].map((lengthBytes) => ({
      name: `${lengthBytes} bytes`,
      input: {
        vaultKey: VAULT.vaultKey,
        kind: 'content',
        content: { sha256Counter: { seed: 2, lengthBytes } },
      } as const,
    })),
  ],
  run: async ({ vaultKey, kind, content }) => {
    const { idKey } = await keyringOf({ ...VAULT, vaultKey });
    return { id: await chunkIdOf(idKey, kind, piecesOf(contentBytes(content))) };
  },
});

interface SealedInput extends VaultInput {
  readonly kind: ChunkKind;
  readonly content: Content;
  readonly salt: string;
  /** A zstd frame of the content, to be stored in its place. */
  readonly zstdFrame?: string;
}

/** A hundred times the byte 5, as one RLE block. */
const FRAME_OF_FIVES = '28b52ffd' + '20' + '64' + '230300' + '05';
const fives = { hex: '05'.repeat(100) };

export const sealedChunks = vectorKind<SealedInput>({
  file: 'sealed-chunks.json',
  about: 'FORMAT.md, Sealed chunks. `pieces` are given whole where they are short, else by their SHA-256.',
  cases: [
    { name: 'a text', input: { ...VAULT, kind: 'content', content: { hex: '48656c6c6f' }, salt: SALT } },
    { name: 'folders', input: { ...VAULT, kind: 'folders', content: { hex: '48656c6c6f' }, salt: SALT } },
    { name: 'padding before the trailer', input: { ...VAULT, kind: 'content', content: fives, salt: SALT } },
    {
      name: 'compressed',
      input: { ...VAULT, kind: 'content', content: fives, salt: SALT, zstdFrame: FRAME_OF_FIVES },
    },
    ...[PIECE_BYTES - 9, PIECE_BYTES - 8, PIECE_BYTES, 2 * MIB].map((lengthBytes) => ({
      name: `${lengthBytes} bytes`,
      input: {
        ...VAULT,
        kind: 'content',
        content: { sha256Counter: { seed: 3, lengthBytes } },
        salt: SALT,
      } as const,
    })),
    { name: 'no bytes', input: { ...VAULT, kind: 'content', content: { hex: '' }, salt: SALT } },
    {
      name: 'a byte too many',
      input: { ...VAULT, kind: 'content', content: { zeros: 2 * MIB + 1 }, salt: SALT },
    },
  ],
  run: async (input) => {
    const keyring = await keyringOf(input);
    const content = contentBytes(input.content);
    const pieces = piecesOf(content);
    const id = await chunkIdOf(keyring.idKey, input.kind, pieces);
    const stored =
      input.zstdFrame === undefined
        ? uncompressed(pieces)
        : ({
            compression: 'zstd',
            contentBytes: content.length,
            pieces: [fromHex(input.zstdFrame)],
          } as const);
    const sealed = await sealChunk(keyring, input.kind, id, stored, fixedRandom(input.salt));
    const opened = await openChunk(keyringsOf([keyring]), input.kind, id, sealed, zstd);
    assert.ok(Buffer.concat(opened).equals(content));
    return {
      id,
      pieces: sealed.map((piece) => (piece.length < 500 ? toHex(piece) : `sha256 ${sha256Hex(piece)}`)),
    };
  },
});

interface OpenedInput extends VaultInput {
  readonly kind: ChunkKind;
  readonly id: string;
  readonly pieces: readonly string[];
}

/** Sealed `Hello` to damage. */
const hello = await (async () => {
  const keyring = await keyringOf(VAULT);
  const pieces = [fromHex('48656c6c6f')];
  const id = await chunkIdOf(keyring.idKey, 'content', pieces);
  const [piece] = await sealChunk(keyring, 'content', id, uncompressed(pieces), fixedRandom(SALT));
  return { id, piece: toHex(piece ?? new Uint8Array()) };
})();

function opened(name: string, changes: Partial<OpenedInput>): { name: string; input: OpenedInput } {
  return { name, input: { ...VAULT, kind: 'content', id: hello.id, pieces: [hello.piece], ...changes } };
}

export const openedChunks = vectorKind<OpenedInput>({
  file: 'opened-chunks.json',
  about: 'FORMAT.md, Sealed chunks: what must be refused, beside the one that it was made from.',
  cases: [
    opened('sound', {}),
    opened('of another kind', { kind: 'folders' }),
    opened('in another vault', { vaultId: 'a3'.repeat(16) }),
    opened('under another id', { id: 'c1'.repeat(32) }),
    opened('under another vault key', { vaultKey: '08'.repeat(32) }),
    opened('of an epoch that isn’t there', { epoch: 4 }),
    opened('of version 2', { pieces: [`02${hello.piece.slice(2)}`] }),
    opened('with a changed salt', { pieces: [`${hello.piece.slice(0, 10)}00${hello.piece.slice(12)}`] }),
    opened('with its last byte cut off', { pieces: [hello.piece.slice(0, -2)] }),
    opened('with a header cut short', { pieces: [hello.piece.slice(0, 60)] }),
    opened('with a piece repeated', { pieces: [hello.piece, hello.piece.slice(74)] }),
    opened('without pieces', { pieces: [] }),
    opened('with more pieces than a chunk can have', {
      pieces: Array.from({ length: 11 }, () => hello.piece),
    }),
  ],
  run: async ({ kind, id, pieces, ...vault }) => {
    const keyrings = keyringsOf([await keyringOf(vault)]);
    const content = await openChunk(keyrings, kind, id as ChunkId, pieces.map(fromHex), zstd);
    return { bytes: toHex(Buffer.concat(content)) };
  },
});

export const padding = vectorKind<{ readonly lengthBytes: number }>({
  file: 'padding.json',
  about: 'FORMAT.md, Padding.',
  cases: [0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 100, 255, 256, 257, 1_000, 4_095, 4_096, 4_097, 65_536, 65_537]
    .concat([258_048, 258_049, 1_000_000, 1_048_576, 1_048_577, 1_500_000, 2_097_152, 2_097_161, 1e9])
    .map((lengthBytes) => ({ name: `${lengthBytes} bytes`, input: { lengthBytes } })),
  run: async ({ lengthBytes }) => Promise.resolve({ paddedBytes: padmeBytes(lengthBytes) }),
});
