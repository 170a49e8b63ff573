/** What makes a snapshot: folder and extent nodes, the sealed description, reference pages. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../../shared/bytes.ts';
import { importDerivationKey } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring, keyringsOf } from '../../shared/crypto/vault-keys.ts';
import {
  THIS_CHUNK,
  decodeExtentNode,
  decodeFolderNode,
  encodeExtentNode,
  encodeFolderNode,
  isBundled,
} from '../../shared/format/folder-node.ts';
import type { Entry, Extent } from '../../shared/format/folder-node.ts';
import { refPagesOf } from '../../shared/format/ref-pages.ts';
import { linkKey, openSnapshot, sealSnapshot, snapshotLink } from '../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../shared/format/sealed-snapshot.ts';
import type { ChunkId, ContentDigest, SnapshotId, VaultId } from '../../shared/ids.ts';
import { fixedRandom, sha256Hex, vectorKind } from './vector.ts';

const OWN = 'ee'.repeat(32) as ChunkId;
const DIGEST = 'd1'.repeat(16) as ContentDigest;
const [A, B] = ['c1', 'c2'].map((byte) => byte.repeat(32) as ChunkId) as [ChunkId, ChunkId];

function extent(chunkId: ChunkId, offset: number, lengthBytes: number): Extent {
  return { chunkId, offset, lengthBytes };
}

function file(name: string, modifiedAtMs: number, ...extents: readonly Extent[]): Entry {
  const sizeBytes = extents.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const entry = {
    kind: 'file',
    name,
    sizeBytes,
    modifiedAtMs,
    content: { kind: 'extents', extents },
  } as const;
  return isBundled(sizeBytes) ? { ...entry, digest: DIGEST } : entry;
}

type NodeInput =
  | { readonly entries: readonly Entry[] }
  | { readonly extents: readonly Extent[] }
  | { readonly bytes: string };

const ONE_FOLDER = '0100' + '01' + '01' + '0161' + '00';

export const nodes = vectorKind<NodeInput>({
  file: 'nodes.json',
  about:
    'FORMAT.md, Folder nodes. Nodes lie in the chunk eeee..ee; an extent in that chunk itself is one of chunk ' +
    '"this-chunk". `bytes` are read as a folder node.',
  cases: [
    { name: 'no entries', input: { entries: [] } },
    {
      name: 'files and folders',
      input: {
        entries: [
          file('a', 1_700_000_000_123, extent(A, 5, 200), extent(B, 0, 1), extent(A, 0, 7)),
          file('b', -1),
          { kind: 'folder', name: 'c', nodes: [extent(THIS_CHUNK, 0, 33), extent(B, 9, 300)] },
          { kind: 'folder', name: 'd', nodes: [] },
        ],
      },
    },
    {
      name: 'a file with extent nodes',
      input: {
        entries: [
          {
            kind: 'file',
            name: 'large',
            sizeBytes: 9_007_199_254_740_991,
            modifiedAtMs: 0,
            content: { kind: 'nodes', nodes: [extent(A, 0, 90_000), extent(B, 90_000, 5)] },
          },
        ],
      },
    },
    {
      name: 'names in the order of their UTF-8 bytes, kept as they are',
      input: {
        entries: [
          file('Z', 0),
          file('a', 0),
          file('e\u0301', 0),
          file('\u00e9', 0),
          file('\uffff', 0),
          file('\u{10000}', 0),
        ],
      },
    },
    {
      name: 'extents',
      input: { extents: [extent(A, 5, 200), extent(THIS_CHUNK, 0, 1), extent(A, 0, 2_097_152)] },
    },
    {
      name: 'files at the bound below which they lie in bundles and have digests',
      input: { entries: [file('a', 0, extent(A, 1, 131_071)), file('b', 0, extent(A, 1, 131_072))] },
    },
    {
      name: 'files that changed while they were read',
      input: {
        entries: [
          { ...file('a', 0, extent(A, 0, 3)), changedWhileRead: true } as Entry,
          {
            kind: 'file',
            name: 'b',
            sizeBytes: 300_000,
            modifiedAtMs: 0,
            content: { kind: 'nodes', nodes: [extent(A, 0, 9)] },
            changedWhileRead: true,
          },
        ],
      },
    },
    {
      name: 'a small file without its digest',
      input: {
        entries: [
          {
            kind: 'file',
            name: 'a',
            sizeBytes: 1,
            modifiedAtMs: 0,
            content: { kind: 'extents', extents: [extent(A, 0, 1)] },
          },
        ],
      },
    },
    { name: 'entries out of order', input: { entries: [file('b', 0), file('a', 0)] } },
    { name: 'two entries of one name', input: { entries: [file('a', 0), file('a', 1)] } },
    { name: 'a name that leaves its folder', input: { entries: [file('..', 0)] } },
    { name: 'a name that is too long', input: { entries: [file('n'.repeat(1_025), 0)] } },
    { name: 'read: one folder', input: { bytes: ONE_FOLDER } },
    { name: 'read: version 2', input: { bytes: `02${ONE_FOLDER.slice(2)}` } },
    { name: 'read: cut short', input: { bytes: ONE_FOLDER.slice(0, -2) } },
    { name: 'read: a byte behind the end', input: { bytes: `${ONE_FOLDER}00` } },
    { name: 'read: an unknown kind of entry', input: { bytes: '0100' + '01' + '03' + '0161' + '00' } },
    { name: 'read: a folder marked as a file', input: { bytes: '0100' + '01' + '05' + '0161' + '00' } },
    { name: 'read: a name that is a path', input: { bytes: '0100' + '01' + '01' + '03612f62' + '00' } },
    { name: 'read: a name that is not UTF-8', input: { bytes: '0100' + '01' + '01' + '01ff' + '00' } },
    {
      name: 'read: a chunk that isn’t in the table',
      input: { bytes: '0100' + '01' + '01' + '0161' + '01' + '010001' },
    },
    {
      name: 'read: a size that isn’t that of the extents',
      input: { bytes: '0100' + '01' + '00' + '0161' + '05' + '00' + DIGEST + '01' + '000004' },
    },
    {
      name: 'read: a varint that isn’t the shortest',
      input: { bytes: '0100' + '01' + '01' + '810061' + '00' },
    },
  ],
  run: async (input) => {
    if ('bytes' in input) return Promise.resolve({ entries: decodeFolderNode(fromHex(input.bytes), OWN) });
    if ('extents' in input) {
      const bytes = encodeExtentNode(input.extents);
      assert.deepEqual(decodeExtentNode(bytes, OWN), withOwn(input.extents));
      return { bytes: toHex(bytes) };
    }
    const bytes = encodeFolderNode(input.entries);
    const decoded = decodeFolderNode(bytes, OWN);
    assert.deepEqual(decoded, withOwn(input.entries));
    return { bytes: toHex(bytes) };
  },
});

function withOwn<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(THIS_CHUNK, OWN)) as T;
}

interface SnapshotInput {
  readonly vaultKey: string;
  readonly vaultId: string;
  readonly epoch: number;
  readonly snapshotId: string;
  readonly salt?: string;
  /** Bytes in hexadecimal. */
  readonly description?: Readonly<Record<string, unknown>>;
  readonly sealed?: string;
}

const VAULT = { vaultKey: '07'.repeat(32), vaultId: 'a1'.repeat(16), epoch: 3, snapshotId: 'a4'.repeat(16) };
const DESCRIPTION = {
  sourceId: 'a5'.repeat(16),
  sourceName: 'Photos',
  deviceId: 'a3'.repeat(16),
  deviceName: 'Laptop',
  takenAtMs: 1_700_000_000_123,
  predecessor: 'b1'.repeat(32),
  mode: 'full',
  partial: true,
  filesTotal: 1,
  foldersTotal: 2,
  bytesTotal: 3,
  problemsTotal: 4,
  root: [
    { chunkId: A, offset: 5, lengthBytes: 6 },
    { chunkId: B, offset: 7, lengthBytes: 8 },
  ],
  extension: '',
};
const SALT = '5a17'.repeat(16);
const sealedSnapshot = toHex(await sealed({ ...VAULT, description: DESCRIPTION, salt: SALT }));

export const snapshots = vectorKind<SnapshotInput>({
  file: 'snapshots.json',
  about: 'FORMAT.md, Snapshots. `link` is what the source’s next snapshot names as its predecessor.',
  cases: [
    { name: 'a snapshot', input: { ...VAULT, description: DESCRIPTION, salt: SALT } },
    {
      name: 'the first of a source, of an empty folder',
      input: {
        ...VAULT,
        description: {
          ...DESCRIPTION,
          predecessor: '00'.repeat(32),
          mode: 'incremental',
          partial: false,
          root: [],
        },
        salt: SALT,
      },
    },
    {
      name: 'with settings',
      input: { ...VAULT, description: { ...DESCRIPTION, extension: '0102' }, salt: SALT },
    },
    {
      name: 'differential',
      input: { ...VAULT, description: { ...DESCRIPTION, mode: 'differential' }, salt: SALT },
    },
    { name: 'opened', input: { ...VAULT, sealed: sealedSnapshot } },
    {
      name: 'opened as another snapshot',
      input: { ...VAULT, snapshotId: 'a6'.repeat(16), sealed: sealedSnapshot },
    },
    {
      name: 'opened in another vault',
      input: { ...VAULT, vaultId: 'a7'.repeat(16), sealed: sealedSnapshot },
    },
    { name: 'opened without its epoch', input: { ...VAULT, epoch: 4, sealed: sealedSnapshot } },
    { name: 'of version 2', input: { ...VAULT, sealed: `02${sealedSnapshot.slice(2)}` } },
    { name: 'with its last byte cut off', input: { ...VAULT, sealed: sealedSnapshot.slice(0, -2) } },
    { name: 'with a header cut short', input: { ...VAULT, sealed: sealedSnapshot.slice(0, 70) } },
  ],
  run: async (input) => {
    const keyrings = keyringsOf([await keyringOf(input)]);
    const snapshotId = input.snapshotId as SnapshotId;
    const bytes = input.sealed === undefined ? await sealed(input) : fromHex(input.sealed);
    const description = await openSnapshot(keyrings, snapshotId, bytes);
    const link = linkKey(await snapshotLink(keyrings, snapshotId, bytes));
    if (input.description === undefined) return { description: withHex(description), link };
    assert.deepEqual(withHex(description), input.description);
    return { bytes: toHex(bytes), link };
  },
});

async function keyringOf({ vaultKey, vaultId, epoch }: SnapshotInput) {
  return deriveVaultKeyring(vaultId as VaultId, epoch, await importDerivationKey(fromHex(vaultKey)));
}

async function sealed(input: SnapshotInput): Promise<Uint8Array<ArrayBuffer>> {
  const { predecessor, extension, ...others } = { ...DESCRIPTION, ...input.description };
  const description = { ...others, predecessor: fromHex(predecessor), extension: fromHex(extension) };
  return sealSnapshot(
    await keyringOf(input),
    input.snapshotId as SnapshotId,
    description as unknown as SnapshotDescription,
    fixedRandom(input.salt ?? ''),
  );
}

function withHex(description: SnapshotDescription): object {
  const { predecessor, extension } = description;
  return { ...description, predecessor: toHex(predecessor), extension: toHex(extension) };
}

type PagesInput = { readonly chunkIds: readonly string[] } | { readonly sha256OfDecimals: number };

export const refPages = vectorKind<PagesInput>({
  file: 'ref-pages.json',
  about:
    'FORMAT.md, Reference pages. sha256OfDecimals: n stands for the n ids SHA-256("0"), SHA-256("1"), ... ' +
    'Where there are many pages their ids are given as the SHA-256 of all of them, one after another.',
  cases: [
    { name: 'no chunk', input: { chunkIds: [] } },
    { name: 'three chunks, in any order', input: { chunkIds: [B, 'ff'.repeat(32), A] } },
    { name: 'one page', input: { sha256OfDecimals: 256 } },
    { name: 'two pages', input: { sha256OfDecimals: 257 } },
    { name: 'some pages', input: { sha256OfDecimals: 2_000 } },
    { name: 'many pages', input: { sha256OfDecimals: 20_000 } },
  ],
  run: async (input) => {
    const ids = 'chunkIds' in input ? input.chunkIds : decimalIds(input.sha256OfDecimals);
    const pages = await refPagesOf(new Set(ids as readonly ChunkId[]));
    const pageIds = pages.map(({ pageId }) => pageId);
    const lengths = pages.map(({ chunkIds }) => chunkIds.length);
    if (pages.length <= 8) return { pageIds, lengths };
    return { pages: pages.length, sha256: sha256Hex(fromHex(pageIds.join(''))) };
  },
});

function decimalIds(count: number): string[] {
  return Array.from({ length: count }, (_, n) => createHash('sha256').update(String(n)).digest('hex'));
}
