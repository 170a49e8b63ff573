/** What files and folders of snapshots need of the server: which chunks, for which path. */
import type { ChunkKind } from '../../../shared/format/chunk-id.ts';
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { FolderReader } from '../vault/folder-reader.ts';

export interface Need {
  readonly kind: ChunkKind;
  readonly extent: Extent;
}

/** The chunks that hold a very large file's places, and those of its content. Throws what reading folders throws. */
export async function* fileNeeds(
  folders: FolderReader,
  file: FileEntry,
  signal: AbortSignal,
): AsyncGenerator<Need> {
  if (file.content.kind === 'nodes') {
    for (const extent of file.content.nodes) yield { kind: 'folders', extent };
  }
  for (const extent of await folders.extents(file, signal)) yield { kind: 'content', extent };
}
