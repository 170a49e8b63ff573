/**
 * Turns the operating system's and SQLite's errors into the codes that clients act on. Each says when to ask again:
 * a client must find the server well again soon after its trouble is over.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

interface Trouble {
  readonly code: ErrorCode;
  readonly retryAfterMs: number;
}

const FULL: Trouble = { code: 'storage-full', retryAfterMs: 5_000 };
const FAILED: Trouble = { code: 'storage-failed', retryAfterMs: 3_000 };
/** Nothing is wrong with the disk: too much is open at once, or another process reads the index. */
const BUSY: Trouble = { code: 'server-busy', retryAfterMs: 1_000 };

/** What SQLite reads is not what it wrote: the server makes the index anew. */
const DAMAGED: Trouble = { code: 'index-damaged', retryAfterMs: 3_000 };

const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  SQLITE_FULL: FULL,
  EMFILE: BUSY,
  ENFILE: BUSY,
  ENOMEM: BUSY,
  SQLITE_NOMEM: BUSY,
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: BUSY,
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: DAMAGED,
};

/** SQLite's codes may go on behind the kind of error: SQLITE_CORRUPT_INDEX. */
const SQLITE_KIND = /^SQLITE_[A-Z]+/;

/** `storage-full`, `server-busy`, `index-damaged`, else `storage-failed`; ours pass unchanged. */
export function toStorageError(cause: unknown): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  const systemCode = codeOf(cause);
  const kind = SQLITE_KIND.exec(systemCode)?.[0] ?? systemCode;
  const { code, retryAfterMs } = TROUBLES[kind] ?? FAILED;
  return new HoldfastError(code, { detail: systemCode, retryAfterMs, cause });
}

/** Whether the disk holds something there that it can't give back. */
export function isUnreadable(error: unknown): boolean {
  return codeOf(error) === 'EIO';
}

function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'unknown';
}
