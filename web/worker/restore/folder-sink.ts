/**
 * Restores into a folder that a person chose. What is there already with the same content stays, so that an
 * interrupted restore goes on where it ended; what is different is treated as the person chose.
 */
import type { ConflictChoice } from '../../bridge/engine-api.ts';
import type { PlannedFile } from './batches.ts';
import type { ContentCheck } from './content-check.ts';
import { FileWriters } from './file-writer.ts';
import type { RestoreJournal } from './journal.ts';
import type { FileSink, Placement, RestoreSink, WritePlacement } from './sink.ts';
import { TargetFolder, numberedName, writable } from './target-folder.ts';

/** Opening and closing a file costs the browser several steps; many at once hide that. */
const FILES_AT_ONCE = 32;
/** Folders kept open, with the names in them. */
const FOLDERS_KEPT = 512;

export interface FolderSinkParts {
  readonly root: FileSystemDirectoryHandle;
  readonly conflict: ConflictChoice;
  readonly hasContent: ContentCheck;
  readonly journal: RestoreJournal;
}

/** A name in a folder, and what is there. */
interface Spot {
  readonly folder: TargetFolder;
  readonly path: readonly string[];
  readonly name: string;
  readonly present: FileSystemFileHandle | undefined;
}

export class FolderSink implements RestoreSink {
  readonly filesAtOnce = FILES_AT_ONCE;
  readonly #parts: FolderSinkParts;
  readonly #writers = new FileWriters();
  readonly #folders = new Map<string, Promise<TargetFolder>>();

  constructor(parts: FolderSinkParts) {
    this.#parts = parts;
  }

  async folder(path: readonly string[]): Promise<void> {
    await this.#folder(path);
  }

  async place(planned: PlannedFile): Promise<Placement> {
    return writable(async () => {
      const folder = await this.#folder(planned.path.slice(0, -1));
      const spot = await this.#spot(folder, planned.path.slice(0, -1), planned.path.at(-1) ?? '');
      return (await this.#settled(spot, planned, 'new')) ?? this.#conflicting(spot, planned);
    });
  }

  async finish(): Promise<void> {
    return Promise.resolve();
  }

  async abort(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#parts.journal.end();
  }

  /** What is to be done at a spot where nothing is in the way. `undefined` if another file is. */
  async #settled(spot: Spot, planned: PlannedFile, how: 'new' | 'beside'): Promise<Placement | undefined> {
    if (spot.present === undefined) return this.#write(spot, planned, how);
    const present = await spot.present.getFile();
    if (await this.#parts.hasContent(present, planned)) return { kind: 'present' };
    // What was left half-written is a beginning of the file: as large, it is another one by now.
    const isLeftOver = this.#parts.journal.isLeftOver(pathOf(spot)) && present.size < planned.file.sizeBytes;
    return isLeftOver ? this.#write(spot, planned, how) : undefined;
  }

  async #conflicting(spot: Spot, planned: PlannedFile): Promise<Placement> {
    switch (this.#parts.conflict) {
      case 'skip':
        return { kind: 'occupied' };
      case 'replace':
        return this.#write(spot, planned, 'instead');
      case 'keep-both':
        return this.#beside(spot, planned);
    }
  }

  async #beside({ folder, path, name }: Spot, planned: PlannedFile): Promise<Placement> {
    for (let number = 1; ; number++) {
      const spot = await this.#spot(folder, path, numberedName(name, number));
      const placement = await this.#settled(spot, planned, 'beside');
      if (placement !== undefined) return placement;
    }
  }

  #write(spot: Spot, { file }: PlannedFile, how: WritePlacement['how']): WritePlacement {
    return { kind: 'write', how, open: async () => writable(async () => this.#open(spot, file.sizeBytes)) };
  }

  async #open(spot: Spot, sizeBytes: number): Promise<FileSink> {
    const { journal } = this.#parts;
    const isNew = spot.present === undefined;
    const close = (): void => {
      journal.closed(pathOf(spot));
    };
    const remove = async (): Promise<void> => {
      // Getting the handle made an empty file: it must not pass for the restored one.
      if (isNew) await spot.folder.handle.removeEntry(spot.name);
      close();
    };
    // A file that is replaced keeps its content until the new one is whole.
    if (isNew) await journal.opened(pathOf(spot));
    const handle = spot.present ?? (await spot.folder.handle.getFileHandle(spot.name, { create: true }));
    const writer = await this.#writers.open(handle, sizeBytes, isNew).catch(async (error: unknown) => {
      await remove();
      throw error;
    });
    return {
      write: async (bytes) =>
        writable(async () => {
          await writer.write(bytes);
        }),
      finish: async () =>
        writable(async () => {
          await writer.close();
          close();
        }),
      abort: async () => {
        await writer.abort();
        await remove();
      },
    };
  }

  async #spot(folder: TargetFolder, path: readonly string[], name: string): Promise<Spot> {
    return { folder, path, name, present: await folder.find(name) };
  }

  async #folder(path: readonly string[]): Promise<TargetFolder> {
    const key = path.join('/');
    const known = this.#folders.get(key);
    if (known !== undefined) {
      this.#folders.delete(key);
      this.#folders.set(key, known);
      return known;
    }
    const opened = writable(async () => TargetFolder.open(await this.#folderHandle(path)));
    this.#folders.set(key, opened);
    opened.catch(() => this.#folders.delete(key));
    for (const oldest of [...this.#folders.keys()].slice(0, -FOLDERS_KEPT)) this.#folders.delete(oldest);
    return opened;
  }

  async #folderHandle(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
    const name = path.at(-1);
    if (name === undefined) return this.#parts.root;
    return (await this.#folder(path.slice(0, -1))).makeFolder(name);
  }
}

function pathOf({ path, name }: Spot): string {
  return [...path, name].join('/');
}
