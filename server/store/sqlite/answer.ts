/** How SQLite's synchronous answers become the catalog's promises, and its errors our codes. */
import { toStorageError } from '../disk-errors.ts';

/** The result of `read` as a promise. Throws `storage-full`, `storage-failed`. */
export function answer<T>(read: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      resolve(read());
    } catch (error) {
      reject(toStorageError(error));
    }
  });
}
