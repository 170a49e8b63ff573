/** Whether entries of two snapshots are the same, judged by where their content lies. */
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';

/** The chunks' places that a file entry names: its content, or the nodes that tell it. */
export function contentPlaces({ content }: FileEntry): readonly Extent[] {
  return content.kind === 'extents' ? content.extents : content.nodes;
}

/** Same size, time and content. */
export function isSameFile(a: FileEntry, b: FileEntry): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.modifiedAtMs === b.modifiedAtMs &&
    isSameExtents(contentPlaces(a), contentPlaces(b))
  );
}

export function isSameExtents(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every((extent, index) => isSameExtent(extent, b[index]));
}

function isSameExtent(a: Extent, b: Extent | undefined): boolean {
  return a.chunkId === b?.chunkId && a.offset === b.offset && a.lengthBytes === b.lengthBytes;
}
