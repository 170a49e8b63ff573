/** How SQLite's synchronous answers become the catalog's promises, and its errors our codes. */
import { toStorageError } from '../disk-errors.ts';

/** The result of `read` as a promise. Throws `storage-full`, `storage-failed`, `server-busy`. */
export function answer<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(answerNow(read));
  });
}

/** The result of `read`. Throws `storage-full`, `storage-failed`, `server-busy`. */
export function answerNow<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw toStorageError(error);
  }
}
