/** The order of a folder's entries in the file browser, and the kind of each in an icon. Pure. */
import type { EntryInfo } from '../state/types.ts';

export type SortColumn = 'name' | 'size' | 'modified';

export interface Sorting {
  readonly column: SortColumn;
  readonly descending: boolean;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** The entries in the wanted order; folders always come first. */
export function sortEntries(entries: readonly EntryInfo[], sorting: Sorting): readonly EntryInfo[] {
  const compare = COMPARE[sorting.column];
  const sign = sorting.descending ? -1 : 1;
  return [...entries].sort(
    (a, b) => byKind(a, b) || sign * compare(a, b) || collator.compare(a.name, b.name),
  );
}

const COMPARE: Readonly<Record<SortColumn, (a: EntryInfo, b: EntryInfo) => number>> = {
  name: (a, b) => collator.compare(a.name, b.name),
  size: (a, b) => a.sizeBytes - b.sizeBytes,
  modified: (a, b) => (a.modifiedAtMs ?? 0) - (b.modifiedAtMs ?? 0),
};

function byKind(a: EntryInfo, b: EntryInfo): number {
  if (a.kind === b.kind) return 0;
  return a.kind === 'folder' ? -1 : 1;
}

const ICONS: Readonly<Record<string, readonly string[]>> = {
  image: [
    'jpg',
    'jpeg',
    'png',
    'gif',
    'webp',
    'heic',
    'avif',
    'svg',
    'tif',
    'tiff',
    'raw',
    'cr2',
    'nef',
    'bmp',
  ],
  audio: ['mp3', 'm4a', 'aac', 'flac', 'wav', 'ogg', 'oga', 'opus'],
  video: ['mp4', 'm4v', 'mov', 'webm', 'mkv', 'avi', 'ogv'],
  archive: ['zip', 'gz', 'tgz', 'xz', 'zst', '7z', 'rar', 'tar', 'bz2'],
};

/** The icon's name for an entry. */
export function entryIcon(entry: EntryInfo): string {
  if (entry.kind === 'folder') return 'folder';
  const extension = entry.name.slice(entry.name.lastIndexOf('.') + 1).toLowerCase();
  return Object.keys(ICONS).find((icon) => ICONS[icon]?.includes(extension) === true) ?? 'file';
}
