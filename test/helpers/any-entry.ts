/** Arbitrary entries of folders. */
import fc from 'fast-check';
import { toHex } from '../../shared/bytes.ts';
import { compareNames, isBundled, isSafeName, THIS_CHUNK } from '../../shared/format/folder-node.ts';
import type { Entry, Extent, FileEntry, FolderEntry } from '../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../shared/ids.ts';
import { anyHashId, plain, textUpTo } from './arbitraries.ts';

/** A few ids that come again and again, as they do in a folder, and the node's own chunk. */
const chunkId = fc.oneof(
  fc.constantFrom(THIS_CHUNK, 'aa'.repeat(32) as ChunkId, 'bb'.repeat(32) as ChunkId),
  anyHashId<ChunkId>(),
);

export const anyExtents: fc.Arbitrary<Extent[]> = fc.array(
  plain<Extent>({ chunkId, offset: fc.nat(2 ** 31), lengthBytes: fc.nat(2 ** 31) }),
  { maxLength: 6 },
);

export const anyName = textUpTo(60).filter(isSafeName);

/** Times in milliseconds that a file system may know, before 1970 too. */
const anyTimeMs = fc.oneof(
  fc.integer({ min: -8.64e15 / 2, max: 8.64e15 / 2 }),
  fc.integer({ min: -1_000, max: 1_000 }),
);

/** Extents of small files, too, whose entries have digests. */
const anyFileExtents = fc.oneof(
  anyExtents,
  fc.array(plain<Extent>({ chunkId, offset: fc.nat(2 ** 21), lengthBytes: fc.nat(60_000) }), {
    maxLength: 2,
  }),
);

const anyDigest = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => toHex(bytes) as ContentDigest);

const steadyFile: fc.Arbitrary<FileEntry> = fc
  .tuple(anyName, anyTimeMs, anyFileExtents, anyDigest, fc.boolean(), fc.maxSafeNat())
  .map(([name, time, extents, digest, isLarge, largeSizeBytes]) => {
    const modifiedAtMs = time + 0; // never -0
    if (isLarge)
      return {
        kind: 'file',
        name,
        sizeBytes: largeSizeBytes,
        modifiedAtMs,
        content: { kind: 'nodes', nodes: extents },
      };
    const sizeBytes = extents.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
    const entry = {
      kind: 'file',
      name,
      sizeBytes,
      modifiedAtMs,
      content: { kind: 'extents', extents },
    } as const;
    return isBundled(sizeBytes) ? { ...entry, digest } : entry;
  });

const file: fc.Arbitrary<FileEntry> = fc
  .tuple(steadyFile, fc.boolean())
  .map(([entry, isMarked]) => (isMarked ? { ...entry, changedWhileRead: true } : entry));

const folder: fc.Arbitrary<FolderEntry> = fc
  .tuple(anyName, anyExtents)
  .map(([name, nodes]) => ({ kind: 'folder', name, nodes }));

/** Entries of one folder, in order. */
export const anyEntries: fc.Arbitrary<Entry[]> = fc
  .uniqueArray(fc.oneof(file, folder), { maxLength: 12, selector: ({ name }) => name })
  .map((entries) => entries.toSorted((a, b) => compareNames(a.name, b.name)));
