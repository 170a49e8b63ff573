/**
 * The order in which files are restored: those whose content lies in the same bundle come one after another, so
 * that the bundle is fetched and opened once and not once a file. A tree that was backed up many times has its
 * small files all over the bundles of those backups.
 */
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';

/** A file to restore, and where its content lies. */
export interface PlannedFile {
  readonly path: readonly string[];
  readonly file: FileEntry;
  readonly extents: readonly Extent[];
}

/** Files of one bundle (or empty ones), or one file that has several chunks. */
export type Batch = readonly [PlannedFile, ...PlannedFile[]];

/** Small files that are known before the first of them is restored: a few MiB. */
const WINDOW_FILES = 16_384;
/** A batch's files are looked up at the same time. */
const BATCH_FILES = 256;

/** All of `files`, those that have but one chunk put together by that chunk. */
export async function* inBatches(files: AsyncIterable<PlannedFile>): AsyncGenerator<Batch> {
  const window = new Window();
  for await (const planned of files) {
    if (planned.extents.length > 1) yield [planned];
    else window.add(planned);
    if (window.isFull) yield* window.take();
  }
  yield* window.take();
}

/** Small files that wait for others of the same chunk. */
class Window {
  #byChunk = new Map<string, PlannedFile[]>();
  #count = 0;

  get isFull(): boolean {
    return this.#count >= WINDOW_FILES;
  }

  add(planned: PlannedFile): void {
    const chunkId = planned.extents[0]?.chunkId ?? '';
    const others = this.#byChunk.get(chunkId);
    if (others === undefined) this.#byChunk.set(chunkId, [planned]);
    else others.push(planned);
    this.#count += 1;
  }

  *take(): Generator<Batch> {
    const taken = this.#byChunk;
    this.#byChunk = new Map();
    this.#count = 0;
    for (const files of taken.values()) {
      for (let start = 0; start < files.length; start += BATCH_FILES) {
        const [first, ...others] = files.slice(start, start + BATCH_FILES);
        if (first !== undefined) yield [first, ...others];
      }
    }
  }
}
