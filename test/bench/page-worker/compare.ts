/** Compares two files of the origin's private file system byte for byte. */
import type { Figures } from '../tasks.ts';
import { answerWith } from './answer.ts';

const STEP_BYTES = 256 * 1024;

type Path = readonly string[];

answerWith(async ({ original, copy }: { readonly original: Path; readonly copy: Path }): Promise<Figures> => {
  const [a, b] = await Promise.all([open(original), open(copy)]);
  try {
    const sizeBytes = a.getSize();
    if (b.getSize() !== sizeBytes) throw new Error(`The copy has ${b.getSize()} of ${sizeBytes} bytes.`);
    for (let at = 0; at < sizeBytes; at += STEP_BYTES) {
      if (!isSame(read(a, at), read(b, at))) throw new Error(`The copy differs in the bytes behind ${at}.`);
    }
    return { comparedBytes: sizeBytes };
  } finally {
    a.close();
    b.close();
  }
});

async function open(path: Path): Promise<FileSystemSyncAccessHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const name of path.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
  return (await folder.getFileHandle(path.at(-1) ?? '')).createSyncAccessHandle();
}

function read(access: FileSystemSyncAccessHandle, at: number): Uint8Array {
  const bytes = new Uint8Array(STEP_BYTES);
  return bytes.subarray(0, access.read(bytes, { at }));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
