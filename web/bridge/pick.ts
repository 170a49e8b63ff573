/**
 * Makes a PickedSource of what a person chose: a folder from the browser's picker, a folder or files
 * from an input, or anything dropped. Names stay exactly as the browser gives them.
 */
import type { PickedSource } from './engine-api.ts';

/** A source and its name, as the person knows it. */
export interface NamedSource {
  readonly sourceName: string;
  readonly picked: PickedSource;
  /** What was dropped but can't be read, as paths: not in `picked`. */
  readonly unreadable: readonly string[];
}

interface PickedFile {
  readonly path: readonly string[];
  readonly file: File;
}

const CHOSEN_FILES = 'Chosen files';
const DROPPED_FILES = 'Dropped files';

/** Whether the browser has a folder picker that gives lasting access (Chromium). */
export function hasFolderPicker(scope: object): boolean {
  return 'showDirectoryPicker' in scope;
}

/** Whether an input can pick a whole folder (all but some phones). */
export function hasFolderInput(input: { readonly prototype: object }): boolean {
  return 'webkitdirectory' in input.prototype;
}

/** Lets the person choose a folder; undefined if they changed their mind. */
export async function pickFolderHandle(
  options: DirectoryPickerOptions,
): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await window.showDirectoryPicker(options);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** The source that is the folder itself. */
export function sourceFromHandle(handle: FileSystemDirectoryHandle): NamedSource {
  return { sourceName: handle.name, picked: { kind: 'handle', handle }, unreadable: [] };
}

/** The source of an `<input type=file>`: of a folder where files have a relative path, else of files. */
export function sourceFromFiles(files: readonly File[]): NamedSource {
  const [first] = files;
  const root = first?.webkitRelativePath.split('/')[0];
  if (root !== undefined && root !== '') {
    const picked = files.map((file) => ({ path: file.webkitRelativePath.split('/').slice(1), file }));
    return { sourceName: root, picked: filesSource(picked, []), unreadable: [] };
  }
  const sourceName = first !== undefined && files.length === 1 ? first.name : CHOSEN_FILES;
  const picked = withUniqueRoots(files.map((file) => ({ path: [file.name], file })));
  return { sourceName, picked: filesSource(picked, []), unreadable: [] };
}

/** Files with the folders that they are in, and folders that were seen beside them. */
function filesSource(files: readonly PickedFile[], seen: readonly (readonly string[])[]): PickedSource {
  const folders = new Map<string, readonly string[]>();
  const add = (path: readonly string[]): void => {
    const key = path.join('/');
    if (path.length === 0 || folders.has(key)) return;
    add(path.slice(0, -1));
    folders.set(key, path);
  };
  seen.forEach(add);
  for (const { path } of files) add(path.slice(0, -1));
  return { kind: 'files', files, folders: [...folders.values()] };
}

/** Two files of one name, chosen from different folders: the later ones get a number. */
function withUniqueRoots(files: readonly PickedFile[]): readonly PickedFile[] {
  const taken = new Set<string>();
  return files.map(({ path, file }) => {
    const name = uniqueName(path[0] ?? '', taken);
    return { path: [name, ...path.slice(1)], file };
  });
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let count = 2; taken.has(unique); count++) unique = numberedName(name, count);
  taken.add(unique);
  return unique;
}

function numberedName(name: string, count: number): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? `${name} (${count})` : `${name.slice(0, dot)} (${count})${name.slice(dot)}`;
}

/**
 * What was dropped. Call it before the drop event's handler first waits. Entries are taken even where the
 * browser would give a lasting handle: Chromium's handles hide, without a word, names that Windows or it
 * itself finds odd (`CON.txt`, a line break, some emoji), and a backup must not lose them.
 */
export function takeDropped(transfer: DataTransfer): readonly FileSystemEntry[] {
  return [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
}

/**
 * Reads what was dropped into a source; undefined if there was no file or folder in it. `onFound`
 * hears how many files were found so far.
 */
export async function sourceFromEntries(
  entries: readonly FileSystemEntry[],
  onFound: (files: number) => void,
): Promise<NamedSource | undefined> {
  const [first] = entries;
  if (first === undefined) return undefined;
  const found: Found = { files: [], folders: [], unreadable: [], onFound };
  if (entries.length === 1 && isFolder(first)) {
    await walk(first, [], found);
    return foundSource(first.name, found);
  }
  const taken = new Set<string>();
  for (const entry of entries) await take(entry, [uniqueName(entry.name, taken)], found);
  return foundSource(nameOfDropped(entries), found);
}

interface Found {
  readonly files: PickedFile[];
  readonly folders: (readonly string[])[];
  readonly unreadable: string[];
  readonly onFound: (files: number) => void;
}

function foundSource(sourceName: string, found: Found): NamedSource {
  return { sourceName, picked: filesSource(found.files, found.folders), unreadable: found.unreadable };
}

function nameOfDropped(entries: readonly FileSystemEntry[]): string {
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) return first.name;
  return entries.find(isFolder)?.name ?? DROPPED_FILES;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

async function take(entry: FileSystemEntry, path: readonly string[], found: Found): Promise<void> {
  try {
    if (isFolder(entry)) {
      found.folders.push(path);
      await walk(entry, path, found);
    } else {
      found.files.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
      found.onFound(found.files.length);
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    // Gone, or not allowed to be read: the person is told which ones before anything starts.
    found.unreadable.push(path.join('/'));
  }
}

async function walk(folder: FileSystemDirectoryEntry, path: readonly string[], found: Found): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    const batch = await readBatch(reader);
    if (batch.length === 0) return;
    const files = batch.filter((entry) => !isFolder(entry));
    await Promise.all(files.map((entry) => take(entry, [...path, entry.name], found)));
    for (const entry of batch.filter(isFolder)) await take(entry, [...path, entry.name], found);
  }
}

function readBatch(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}
