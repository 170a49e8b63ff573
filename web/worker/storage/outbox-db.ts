/**
 * Outbox files in IndexedDB, for browsers whose private file system is missing or can't be written in place. A file is
 * what was appended to it, part by part.
 */
import { concatBytes } from '../../../shared/bytes.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import type { AppendFile, OutboxFiles } from '../outbox/ports.ts';
import type { HoldfastDatabase } from './database.ts';
import { fullOr } from './outbox-opfs.ts';

export function databaseFiles(database: HoldfastDatabase): OutboxFiles {
  return {
    open: async (name) => appendFile(database, name, await sizeOf(database, name)),
    read: async (name, start, end) => read(database, name, start, end),
    remove: async (name) => database.delete('outbox-parts', partsOf(name)),
    list: async () => {
      const keys = await database.getAllKeys('outbox-parts');
      return [...new Set(keys.map(([name]) => name))];
    },
  };
}

async function sizeOf(database: HoldfastDatabase, name: string): Promise<number> {
  const cursor = await database.transaction('outbox-parts').store.openCursor(partsOf(name), 'prev');
  return cursor === null ? 0 : cursor.key[1] + cursor.value.byteLength;
}

function appendFile(database: HoldfastDatabase, name: string, size: number): AppendFile {
  let sizeBytes = size;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    append: async (parts) => {
      const { buffer, byteLength } = concatBytes(...parts);
      try {
        const transaction = database.transaction('outbox-parts', 'readwrite', { durability: 'strict' });
        await Promise.all([transaction.store.put(buffer, [name, sizeBytes]), transaction.done]);
      } catch (error) {
        throw fullOr(error);
      }
      sizeBytes += byteLength;
    },
    truncate: async (bytes) => {
      await database.delete('outbox-parts', IDBKeyRange.bound([name, bytes], [name, []]));
      sizeBytes = await sizeOf(database, name);
    },
    close: () => undefined,
  };
}

/** Nothing is read beyond the part that `start` lies in: that is a whole record. */
async function read(
  database: HoldfastDatabase,
  name: string,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const upTo = IDBKeyRange.bound([name, 0], [name, start]);
  const cursor = await database.transaction('outbox-parts').store.openCursor(upTo, 'prev');
  if (cursor === null) throw new HoldfastError('chunk-missing');
  const place = cursor.key[1];
  return new Uint8Array(cursor.value).slice(start - place, end - place);
}

function partsOf(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name], [name, []]);
}
