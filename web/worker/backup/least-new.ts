/**
 * How much a backup adds at the least, found before it begins: to say at once that this device can't keep it. What may
 * turn out to be there already counts as nothing, and so does what can't be told: then it is watched while it is written.
 */
import type { BackupPlan } from './plan.ts';
import type { FolderReader } from '../vault/folder-reader.ts';
import { walkSelection } from '../restore/selection.ts';
import type { SourceEntry, SourceFile, SourceFolder } from './source-tree.ts';

/** More would have the backup begin late. */
const MOST_FILES = 20_000;
const MOST_KNOWN_FILES = 200_000;
/** Files that are opened at once. */
const AT_ONCE = 32;
/** What is compressed already, by how its name ends. */
const COMPRESSED =
  /\.(?:7z|aac|avi|avif|br|bz2|docx|flac|gif|gz|heic|heif|jpe?g|jxl|m4[av]|mkv|mov|mp[34]|odt|og[gv]|opus|png|pptx|rar|tgz|webm|webp|xlsx|xz|zip|zst)$/i;
/** All else shrinks to no less than this, if it isn't empty in itself. */
const SHRINKS_TO = 1 / 20;

interface BackupAhead {
  readonly source: SourceFolder;
  readonly plan: Pick<BackupPlan, 'own' | 'others' | 'settings'>;
  /** Reads earlier snapshots, as far as they can be read without waiting. */
  readonly folders: FolderReader;
}

/** Sealed bytes. Never rejects but with the signal's reason. */
export async function leastNewBytes(
  { source, plan, folders }: BackupAhead,
  signal: AbortSignal,
): Promise<number> {
  const known = await knownFiles(plan, folders, signal);
  if (known === undefined) return 0;
  let bytes = 0;
  let files: SourceFile[] = [];
  const count = async (): Promise<void> => {
    const opened = await Promise.all(files.map(sizeOf));
    signal.throwIfAborted();
    for (const { name, size } of opened) bytes += known.grows(name, size) * leastShare(name, plan);
    files = [];
  };
  for await (const file of filesOf(source)) {
    files.push(file);
    if (files.length === AT_ONCE) await count();
  }
  await count();
  return bytes;
}

/** Undefined if they can't all be known. */
async function knownFiles(
  { own, others }: Pick<BackupPlan, 'own' | 'others'>,
  folders: FolderReader,
  signal: AbortSignal,
): Promise<KnownFiles | undefined> {
  const known = new KnownFiles();
  const snapshots = [...own, ...others];
  const filesTotal = snapshots.reduce((sum, snapshot) => sum + snapshot.filesTotal, 0);
  if (filesTotal > MOST_KNOWN_FILES) return undefined;
  for (const { root } of snapshots) {
    for await (const item of walkSelection(folders, root, [[]], signal)) {
      if (item.kind === 'unreadable') return undefined;
      if (item.kind === 'file') known.add(item.file.name, item.file.sizeBytes);
    }
  }
  return known;
}

/** Files that may be somewhere already, whatever their folders are called by now. */
class KnownFiles {
  readonly #sizes = new Set<number>();
  readonly #largest = new Map<string, number>();

  add(name: string, sizeBytes: number): void {
    this.#sizes.add(sizeBytes);
    this.#largest.set(name, Math.max(sizeBytes, this.#largest.get(name) ?? 0));
  }

  /** What is new of a file at the least; another one of its size may be a copy. */
  grows(name: string, sizeBytes: number): number {
    if (this.#sizes.has(sizeBytes)) return 0;
    this.#sizes.add(sizeBytes);
    return Math.max(0, sizeBytes - (this.#largest.get(name) ?? 0));
  }
}

async function* filesOf(root: SourceFolder): AsyncGenerator<SourceFile> {
  const waiting: SourceFolder[] = [root];
  let left = MOST_FILES;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await entriesOf(folder)) {
      if (entry.kind === 'folder') waiting.push(entry);
      else if (left-- > 0) yield entry;
      else return;
    }
  }
}

/** What can't be read is met by the backup itself, which reports it. */
async function entriesOf(folder: SourceFolder): Promise<readonly SourceEntry[]> {
  return folder.list().catch(() => []);
}

async function sizeOf(file: SourceFile): Promise<{ readonly name: string; readonly size: number }> {
  const size = await file.open().then(
    (opened) => opened.size,
    () => 0,
  );
  return { name: file.name, size };
}

function leastShare(name: string, { settings }: Pick<BackupPlan, 'settings'>): number {
  return settings.compress && !COMPRESSED.test(name) ? SHRINKS_TO : 1;
}
