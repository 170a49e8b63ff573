/**
 * A folder to restore into that a test can look into: a folder of the page's private file system in the place
 * of one that a person picks. The handles are of the same kind.
 */
import type { ChromiumPage } from './chromium-page.ts';

/** What was restored: each file's size and SHA-256, and every folder, by path. */
export interface RestoredFolder {
  readonly files: ReadonlyMap<string, { readonly sizeBytes: number; readonly sha256: string }>;
  readonly folders: readonly string[];
}

/** From the next page load on, the folder picker answers with the folder `name`. */
export async function pickPrivateFolder(page: ChromiumPage, name: string): Promise<void> {
  await page.beforeEachPage(`
    window.showDirectoryPicker = async () => {
      const root = await navigator.storage.getDirectory();
      return root.getDirectoryHandle(${JSON.stringify(name)}, { create: true });
    };
  `);
}

/** Reads the folder `name` back, in the page. */
export async function readPrivateFolder(page: ChromiumPage, name: string): Promise<RestoredFolder> {
  const { files, folders } = await page.run(readFolder, name);
  return { files: new Map(files), folders: folders.sort() };
}

/** Those of `names` that the browser allows no file in a folder to have. */
export async function refusedNames(page: ChromiumPage, names: readonly string[]): Promise<string[]> {
  return page.run(async (candidates) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('names to try', { create: true });
    const refused: string[] = [];
    for (const name of candidates) {
      await folder.getFileHandle(name, { create: true }).catch(() => refused.push(name));
    }
    await root.removeEntry('names to try', { recursive: true });
    return refused;
  }, names);
}

interface FolderJson {
  readonly files: [string, { readonly sizeBytes: number; readonly sha256: string }][];
  readonly folders: string[];
}

async function readFolder(name: string): Promise<FolderJson> {
  const files: FolderJson['files'] = [];
  const folders: string[] = [];
  const sha256 = async (file: File): Promise<string> => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  const walk = async (folder: FileSystemDirectoryHandle, prefix: string): Promise<void> => {
    for await (const handle of folder.values()) {
      const at = `${prefix}${handle.name}`;
      if (handle.kind === 'directory') {
        folders.push(at);
        await walk(handle, `${at}/`);
      } else {
        const file = await handle.getFile();
        files.push([at, { sizeBytes: file.size, sha256: await sha256(file) }]);
      }
    }
  };
  const root = await navigator.storage.getDirectory();
  await walk(await root.getDirectoryHandle(name), '');
  return { files, folders };
}
