/**
 * A picked source as a tree to walk, whether the browser gave a folder handle or a flat list of files. A
 * file's content isn't touched before it is opened.
 */
import { CollectionNudge } from '../../../shared/collection-nudge.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import type { PickedSource } from '../../bridge/engine-api.ts';

/** About what a handle or an opened file takes in Chromium outside of what it counts as script's memory. */
const HANDLE_BYTES = 5_000;

export interface SourceFile {
  readonly kind: 'file';
  readonly name: string;
  /**
   * What another thread can open it by, where the browser gave one. Browsers that do refuse to read a file that
   * changed since it was opened.
   */
  readonly handle?: FileSystemFileHandle;
  /** The file as it is now. Throws `source-unreadable`, `permission-needed`. */
  open(): Promise<File>;
}

export interface SourceFolder {
  readonly kind: 'folder';
  readonly name: string;
  /** In no order. Throws `source-unreadable`, `permission-needed`. */
  list(): Promise<readonly SourceEntry[]>;
}

export type SourceEntry = SourceFile | SourceFolder;

/** The root folder of what was picked. */
export function sourceTree(picked: PickedSource): SourceFolder {
  return picked.kind === 'handle' ? handleFolder(picked.handle, new CollectionNudge()) : pickedFolder(picked);
}

function handleFolder(handle: FileSystemDirectoryHandle, nudge: CollectionNudge): SourceFolder {
  return {
    kind: 'folder',
    name: handle.name,
    list: async () =>
      readable(async () => {
        const entries: SourceEntry[] = [];
        for await (const child of handle.values()) {
          entries.push(child.kind === 'file' ? handleFile(child, nudge) : handleFolder(child, nudge));
          nudge.passed(HANDLE_BYTES);
        }
        return entries;
      }),
  };
}

function handleFile(handle: FileSystemFileHandle, nudge: CollectionNudge): SourceFile {
  const open = async (): Promise<File> => {
    nudge.passed(HANDLE_BYTES);
    return readable(async () => handle.getFile());
  };
  return { kind: 'file', name: handle.name, handle, open };
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const isForbidden = cause instanceof DOMException && cause.name === 'NotAllowedError';
    throw new HoldfastError(isForbidden ? 'permission-needed' : 'source-unreadable', { detail, cause });
  }
}

interface PickedFolder extends SourceFolder {
  readonly folders: Map<string, PickedFolder>;
  /** More than one may have the same name. */
  readonly files: SourceFile[];
}

function newPickedFolder(name: string): PickedFolder {
  const folders = new Map<string, PickedFolder>();
  const files: SourceFile[] = [];
  return {
    kind: 'folder',
    name,
    folders,
    files,
    list: async () => Promise.resolve([...files, ...folders.values()]),
  };
}

function pickedFolder(picked: Extract<PickedSource, { readonly kind: 'files' }>): SourceFolder {
  const root = newPickedFolder('');
  for (const path of picked.folders) folderAt(root, path);
  for (const { path, file } of picked.files) {
    const name = path.at(-1) ?? file.name;
    folderAt(root, path.slice(0, -1)).files.push({
      kind: 'file',
      name,
      open: async () => Promise.resolve(file),
    });
  }
  return root;
}

function folderAt(root: PickedFolder, path: readonly string[]): PickedFolder {
  let folder = root;
  for (const name of path) {
    const next = folder.folders.get(name) ?? newPickedFolder(name);
    folder.folders.set(name, next);
    folder = next;
  }
  return folder;
}
