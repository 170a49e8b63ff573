/** What people do to their files: each edit makes a new map of paths to contents out of one. */
import { seededRandom } from '../helpers/seeded-random.ts';
import type { Files } from './file-tree.ts';

interface NewContent {
  readonly sizeBytes: number;
  readonly seed: number;
}

/** By kind: `path` is where, `nth` which of the files or folders that there are, counted round. */
interface Edits {
  readonly write: NewContent & { readonly path: string };
  readonly append: NewContent & { readonly nth: number };
  readonly copyFile: { readonly nth: number; readonly path: string };
  readonly renameFile: { readonly nth: number; readonly path: string };
  readonly renameFolder: { readonly nth: number; readonly path: string };
  readonly deleteFile: { readonly nth: number };
  readonly deleteFolder: { readonly nth: number };
}
type EditOf<K extends keyof Edits> = { readonly kind: K } & Edits[K];
export type Edit = { [K in keyof Edits]: EditOf<K> }[keyof Edits];

const EDITS: { readonly [K in keyof Edits]: (files: Files, edit: Edits[K]) => Files } = {
  write: (files, edit) => withFile(files, edit.path, contentOf(edit)),
  append: (files, edit) =>
    onNth(files, edit.nth, (path, content) =>
      withFile(files, path, Buffer.concat([content, contentOf(edit)])),
    ),
  copyFile: (files, { nth, path }) => onNth(files, nth, (_, content) => withFile(files, path, content)),
  renameFile: (files, { nth, path }) =>
    onNth(files, nth, (from, content) => withFile(without(files, from), path, content)),
  renameFolder: (files, { nth, path }) =>
    onFolder(files, nth, (from) => from.replace(/^[^/]+/, path.replaceAll('/', '-'))),
  deleteFile: (files, { nth }) => onNth(files, nth, (path) => without(files, path)),
  deleteFolder: (files, { nth }) => onFolder(files, nth, () => undefined),
};

export function edited(files: Files, edit: Edit): Files {
  return (EDITS[edit.kind] as (files: Files, edit: Edit) => Files)(files, edit);
}

function contentOf({ sizeBytes, seed }: NewContent): Buffer {
  return Buffer.from(seededRandom(seed).bytes(sizeBytes));
}

/** A file takes the place of what is in its way: of a folder there, and of files where its folders are. */
function withFile(files: Files, path: string, content: Buffer): Files {
  const isInTheWay = (other: string) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`);
  return new Map([...[...files].filter(([other]) => !isInTheWay(other)), [path, content]]);
}

function without(files: Files, path: string): Files {
  return new Map([...files].filter(([other]) => other !== path));
}

function onNth(files: Files, nth: number, change: (path: string, content: Buffer) => Files): Files {
  const entry = [...files][nth % Math.max(1, files.size)];
  return entry === undefined ? files : change(...entry);
}

/** Changes the paths of all files in one of the top folders; undefined: the file goes. */
function onFolder(files: Files, nth: number, move: (path: string) => string | undefined): Files {
  const tops = [...new Set([...files.keys()].filter((path) => path.includes('/')).map(topOf))];
  const top = tops[nth % Math.max(1, tops.length)];
  let result = new Map([...files].filter(([path]) => topOf(path) !== top)) as Files;
  for (const [path, content] of files) {
    const moved = topOf(path) === top ? move(path) : undefined;
    if (moved !== undefined) result = withFile(result, moved, content);
  }
  return result;
}

function topOf(path: string): string {
  return path.split('/')[0] ?? '';
}
