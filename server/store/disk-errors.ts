/** Turns the operating system's and SQLite's write errors into the codes that clients act on. */
import { HoldfastError } from '../../shared/errors.ts';

const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** `storage-full` where the disk or a quota is full, else `storage-failed`; ours pass unchanged. */
export function toStorageError(cause: unknown): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  const systemCode = codeOf(cause);
  const code = FULL_CODES.has(systemCode) ? 'storage-full' : 'storage-failed';
  return new HoldfastError(code, { detail: systemCode, cause });
}

/** Whether the disk holds something there that it can't give back. */
export function isUnreadable(error: unknown): boolean {
  return codeOf(error) === 'EIO';
}

function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'unknown';
}
