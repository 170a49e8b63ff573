/** What entries tell: whether two are the same, judged by where their content lies and by its digest. */
import type { Entry, Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { EntryInfo } from '../../bridge/engine-api.ts';

/** The chunks' places that a file entry names: its content, or the nodes that tell it. */
export function contentPlaces({ content }: FileEntry): readonly Extent[] {
  return content.kind === 'extents' ? content.extents : content.nodes;
}

/** An entry as the page sees it. */
export function entryInfo(entry: Entry): EntryInfo {
  if (entry.kind === 'folder') return { kind: 'folder', name: entry.name, sizeBytes: 0 };
  const { kind, name, sizeBytes, modifiedAtMs, changedWhileRead } = entry;
  const info = { kind, name, sizeBytes, modifiedAtMs };
  return changedWhileRead === true ? { ...info, changedWhileRead } : info;
}

/** Same size, time, mark and content. */
export function isSameFile(a: FileEntry, b: FileEntry): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.modifiedAtMs === b.modifiedAtMs &&
    a.changedWhileRead === b.changedWhileRead &&
    isSameExtents(contentPlaces(a), contentPlaces(b))
  );
}

/** Same content, whatever the time; of bundled files wherever it lies. */
export function isSameContent(a: FileEntry, b: FileEntry): boolean {
  if (a.sizeBytes !== b.sizeBytes) return false;
  const isSameDigest = a.digest !== undefined && a.digest === b.digest;
  return isSameDigest || isSameExtents(contentPlaces(a), contentPlaces(b));
}

/** The same for files of the same content, to find them by. */
export function contentKey(file: FileEntry): string {
  return file.digest ?? fingerprint(contentPlaces(file));
}

export function isSameExtents(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every((extent, index) => isSameExtent(extent, b[index]));
}

function isSameExtent(a: Extent, b: Extent | undefined): boolean {
  return a.chunkId === b?.chunkId && a.offset === b.offset && a.lengthBytes === b.lengthBytes;
}

const LANES = [0, 1, 2, 3] as const;
const LANE_DIGITS = 8;

/** 128 bits of all extents, as a mixture of FNV-1a's kind: ids are MACs, so that nothing better is needed. */
function fingerprint(extents: readonly Extent[]): string {
  return LANES.map((lane) => {
    let hash = 0x811c9dc5;
    for (const { chunkId, offset, lengthBytes } of extents) {
      const idBits = Number.parseInt(chunkId.slice(lane * LANE_DIGITS, (lane + 1) * LANE_DIGITS), 16);
      for (const value of [idBits, offset, lengthBytes]) hash = Math.imul(hash ^ value, 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(LANE_DIGITS, '0');
  }).join('');
}
