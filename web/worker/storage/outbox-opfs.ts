/** Outbox files in the origin's private file system. Written by the engine's thread, read by whoever sends. */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { AppendFile, OutboxFiles } from '../outbox/ports.ts';

const FOLDER = 'outbox';

/** `root` is the private file system's. */
export async function opfsFiles(root: FileSystemDirectoryHandle): Promise<OutboxFiles> {
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  return {
    open: async (name) => {
      const handle = await folder.getFileHandle(name, { create: true });
      return appendFile(await handle.createSyncAccessHandle());
    },
    read: async (name, start, end) => {
      try {
        const file = await (await folder.getFileHandle(name)).getFile();
        return new Uint8Array(await file.slice(start, end).arrayBuffer());
      } catch (error) {
        throw missingOr(error);
      }
    },
    remove: async (name) => {
      try {
        await folder.removeEntry(name);
      } catch (error) {
        if (!isNamed(error, 'NotFoundError')) throw error;
      }
    },
    list: async () => {
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
  };
}

function appendFile(handle: FileSystemSyncAccessHandle): AppendFile {
  let sizeBytes = handle.getSize();
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    append: async (parts) => {
      let at = sizeBytes;
      try {
        for (const part of parts) at += writeAll(handle, part, at);
        handle.flush();
      } catch (error) {
        throw fullOr(error);
      }
      sizeBytes = at;
      return Promise.resolve();
    },
    truncate: async (bytes) => {
      handle.truncate(bytes);
      handle.flush();
      sizeBytes = bytes;
      return Promise.resolve();
    },
    close: () => {
      handle.close();
    },
  };
}

function writeAll(handle: FileSystemSyncAccessHandle, part: Uint8Array<ArrayBuffer>, at: number): number {
  const written = handle.write(part, { at });
  if (written < part.length) throw new HoldfastError('device-full');
  return written;
}

/** `device-full` where the browser says that the quota is used up. */
export function fullOr(error: unknown): HoldfastError {
  return isNamed(error, 'QuotaExceededError')
    ? new HoldfastError('device-full', { cause: error })
    : toHoldfastError(error);
}

function missingOr(error: unknown): HoldfastError {
  return isNamed(error, 'NotFoundError')
    ? new HoldfastError('chunk-missing', { cause: error })
    : toHoldfastError(error);
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}
