/**
 * The one table of errors. Both sides throw HoldfastError with a code from it; the code travels on
 * the wire and the words reach the person (PROTOCOL.md, Errors). Nothing matches on message text.
 *
 * `action`: `retry` = the same request may succeed later without a person doing anything;
 * `ask` = a person must do something first; `stop` = a bug or an attack, trying again is useless.
 */
export const ERRORS = {
  // Wire
  malformed: { action: 'stop', words: 'The other side sent data that can’t be read.' },
  'too-large': { action: 'stop', words: 'The data is larger than the limit.' },
  'unknown-kind': { action: 'stop', words: 'The other side sent a message of an unknown kind.' },
  'version-unsupported': {
    action: 'ask',
    words: 'This app and the server speak different versions. Reload the page, or update the server.',
  },
  'credit-exceeded': { action: 'stop', words: 'More data was sent than the other side allowed.' },
  'piece-out-of-order': { action: 'stop', words: 'A piece of a chunk arrived out of order.' },
  'checksum-mismatch': { action: 'retry', words: 'Data was damaged on the way; it is sent again.' },
  'too-many-requests': { action: 'retry', words: 'The server is busy with this device’s requests.' },
  'server-busy': { action: 'retry', words: 'The server has its hands full. Trying again in a moment.' },
  // Connection
  offline: { action: 'retry', words: 'The server can’t be reached. Work goes on when it is back.' },
  stalled: { action: 'retry', words: 'The server stopped answering. Trying again.' },
  metered: {
    action: 'retry',
    words: 'This network is metered, or data is to be saved. Work goes on over another one.',
  },
  'shutting-down': { action: 'retry', words: 'The server is restarting. Work goes on when it is back.' },
  // Accounts
  'sign-in-failed': {
    action: 'ask',
    words: 'Name and password (or recovery key) don’t match. Check both and try again.',
  },
  'too-many-attempts': { action: 'ask', words: 'Too many attempts. Wait a little and try again.' },
  'not-signed-in': { action: 'ask', words: 'Sign in to go on.' },
  'session-expired': { action: 'ask', words: 'You were signed out. Sign in again; nothing is lost.' },
  'not-allowed': { action: 'ask', words: 'This account may not do that. Ask an administrator.' },
  'invite-invalid': {
    action: 'ask',
    words: 'This invitation link was used already or has expired. Ask for a new one.',
  },
  'name-taken': { action: 'ask', words: 'That name is in use. Choose another one.' },
  'name-invalid': {
    action: 'ask',
    words: 'A name has 1 to 100 characters, and no spaces at its ends or control characters.',
  },
  'password-weak': { action: 'ask', words: 'Choose a password of at least 10 characters.' },
  'recovery-words-invalid': {
    action: 'ask',
    words: 'These are not the 24 words of a recovery key. Look for a mistyped or missing word.',
  },
  'recovery-check-failed': {
    action: 'ask',
    words: 'Those are not the words at these places of your recovery key. Look again.',
  },
  locked: { action: 'ask', words: 'The vault is locked. Sign in to unlock it.' },
  // Vault
  'chunk-missing': { action: 'stop', words: 'The server no longer has a part of this file.' },
  'snapshot-missing': { action: 'stop', words: 'The server no longer has this snapshot.' },
  'snapshot-incomplete': {
    action: 'retry',
    words: 'The server lacks parts of this snapshot; they are sent again.',
  },
  'snapshot-conflict': { action: 'stop', words: 'A different snapshot with the same id exists already.' },
  'snapshot-pinned': { action: 'ask', words: 'This snapshot is pinned. Unpin it first.' },
  'entry-missing': { action: 'ask', words: 'This snapshot has no file or folder of that name.' },
  'storage-full': {
    action: 'retry',
    words: 'The server’s disk is full. Free some space there; the backup then goes on by itself.',
  },
  'quota-exceeded': {
    action: 'retry',
    words:
      'This account has no room left on the server. Remove old snapshots, or ask an administrator for more; the backup then goes on by itself.',
  },
  'storage-failed': {
    action: 'retry',
    words: 'The server can’t use its disk. Its log says why; the backup goes on when that is over.',
  },
  'index-damaged': {
    action: 'retry',
    words: 'The server’s index is damaged. It makes it anew; the backup goes on when that is done.',
  },
  'storage-damaged': { action: 'stop', words: 'The server’s copy of this data is damaged.' },
  // Verification in the client
  'seal-broken': { action: 'stop', words: 'This data was changed or damaged since it was backed up.' },
  'id-mismatch': { action: 'stop', words: 'The server answered with other data than was asked for.' },
  'history-broken': {
    action: 'stop',
    words: 'The server’s history of this vault contradicts what this device saw earlier.',
  },
  'snapshot-hidden': {
    action: 'stop',
    words: 'The server says that a snapshot was erased, but no device of this account moved it to the trash.',
  },
  'snapshot-erased-early': {
    action: 'stop',
    words: 'The server erased a snapshot that still had time in the trash.',
  },
  'format-unsupported': {
    action: 'ask',
    words: 'This backup was made by a newer version of Holdfast. Reload the page to update.',
  },
  // Sources and restore targets
  'source-unreadable': {
    action: 'ask',
    words: 'This file can’t be read. Check that it still exists and is allowed.',
  },
  'permission-needed': {
    action: 'ask',
    words: 'The browser needs your permission to read this folder again. Give it with “Back up now”.',
  },
  'source-not-here': {
    action: 'ask',
    words: 'This device does not remember the folder of this source. Choose it again.',
  },
  'source-changed': {
    action: 'retry',
    words: 'This file changed each time that it was being read, and is not in the backup.',
  },
  'source-restless': {
    action: 'retry',
    words:
      'This file kept changing while it was being read: what is in the backup may be from several moments.',
  },
  'name-too-long': { action: 'ask', words: 'This name is too long to be backed up.' },
  'name-ambiguous': {
    action: 'ask',
    words: 'The browser gives two things in this folder the same name; only one was backed up. Rename one.',
  },
  'target-exists': { action: 'ask', words: 'A file with this name exists already, and was left as it is.' },
  'target-unwritable': { action: 'ask', words: 'The chosen place can’t be written to. Choose another one.' },
  'path-unsafe': {
    action: 'stop',
    words: 'A name in this snapshot could escape the chosen folder; it was left out.',
  },
  'outbox-damaged': {
    action: 'ask',
    words: 'What waited on this device to be sent is damaged. Back this source up again.',
  },
  'device-full': { action: 'ask', words: 'This device has no room left.' },
  'device-short': {
    action: 'ask',
    words:
      'This device has no room to keep this backup until it can be sent. Free some, or back up when the server can be reached.',
  },
  // Life cycle
  cancelled: { action: 'stop', words: 'Cancelled.' },
  'unsupported-browser': { action: 'ask', words: 'This browser lacks something that is needed here.' },
  'config-invalid': { action: 'ask', words: 'The server’s configuration is wrong.' },
  internal: { action: 'stop', words: 'Something unexpected went wrong. The log says more.' },
} as const satisfies Record<string, { action: 'retry' | 'ask' | 'stop'; words: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface HoldfastErrorOptions {
  /** What exactly, for the log and for experts; never a key, token, plaintext or file name. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** How long to wait before trying again, where the thrower knows. */
  readonly retryAfterMs?: number;
  /** How much room is missing, where that is known. */
  readonly missingBytes?: number;
}

/** What only a client itself can tell: a server that says so lies, and might pass a failure off as a person's doing. */
const TOLD_BY_CLIENT: ReadonlySet<ErrorCode> = new Set([
  'offline',
  'stalled',
  'metered',
  'password-weak',
  'recovery-words-invalid',
  'recovery-check-failed',
  'locked',
  'snapshot-incomplete',
  'entry-missing',
  'seal-broken',
  'id-mismatch',
  'history-broken',
  'snapshot-hidden',
  'snapshot-erased-early',
  'format-unsupported',
  'source-unreadable',
  'permission-needed',
  'source-not-here',
  'source-changed',
  'source-restless',
  'name-too-long',
  'name-ambiguous',
  'target-exists',
  'target-unwritable',
  'path-unsafe',
  'outbox-damaged',
  'device-full',
  'device-short',
  'unsupported-browser',
] as const);

/** What a code that came over the wire means: `internal` if it isn't in the table, or isn't a server's to say. */
export function codeFromServer(text: string): ErrorCode {
  return isErrorCode(text) && !TOLD_BY_CLIENT.has(text) ? text : 'internal';
}

/** Whether `text` is a code of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** The only error that Holdfast's own code throws. `message` is made of the table's words. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly missingBytes: number | undefined;

  constructor(code: ErrorCode, options: HoldfastErrorOptions = {}) {
    super(ERRORS[code].words, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs;
    this.missingBytes = options.missingBytes;
  }

  get action(): 'retry' | 'ask' | 'stop' {
    return ERRORS[this.code].action;
  }
}

/** `error` itself if it is ours, else an `internal` one that carries it as its cause. */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new HoldfastError('internal', { detail, cause: error });
}
