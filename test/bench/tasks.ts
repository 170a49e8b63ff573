/**
 * What the bench's process asks of its page, and what the page answers: JSON over plain HTTP, because
 * nothing may be attached to the browser while it is timed.
 */

/** Folders and files that the page keeps in the origin's private file system (OPFS). */
export const RANDOM_FILE = 'random.bin';
export const RESTORE_FOLDER = 'restored';

/** The step of a `tree` that is no backup: each file of the folder is only looked at. */
export const SCAN_LIMIT = 'scan limit';

export type Task =
  /** Writes RANDOM_FILE anew. */
  | { readonly type: 'write-random'; readonly sizeBytes: number }
  | { readonly type: 'raw'; readonly url: string }
  | { readonly type: 'tus'; readonly endpoint: string; readonly requestBytes: number }
  /** Signs up with the token, backs RANDOM_FILE up and, if asked, restores it and compares. */
  | {
      readonly type: 'holdfast';
      readonly serverUrl: string;
      readonly firstRunToken: string;
      readonly restore: boolean;
    }
  /** A vault of a million chunks: made with the token, met for the first time, and opened later. */
  | {
      readonly type: 'million-account' | 'million-first' | 'million-later';
      readonly serverUrl: string;
      readonly firstRunToken?: string;
    }
  /** Waits for a folder to be dropped, scans it, signs up, and backs it up each time that it was changed. */
  | {
      readonly type: 'tree';
      readonly serverUrl: string;
      readonly firstRunToken: string;
      /** Files that each backup must have. */
      readonly files: number;
      /** Names; the folder is changed while the page waits for the answer to a step's start mark. */
      readonly steps: readonly string[];
    }
  /** Signs up, backs `files` small files up, restores them into a folder and as a zip. */
  | {
      readonly type: 'small-files';
      readonly serverUrl: string;
      readonly firstRunToken: string;
      readonly files: number;
    }
  /** RANDOM_FILE as a keystream: backed up, one byte changed, backed up again, restored as a download. */
  | {
      readonly type: 'large';
      readonly serverUrl: string;
      readonly firstRunToken: string;
      readonly keyHex: string;
      readonly sizeBytes: number;
      readonly changedByte: number;
      readonly downloadName: string;
    }
  | { readonly type: 'micro' };

/** What a worker does to RANDOM_FILE. */
export type KeystreamRequest =
  | { readonly verb: 'write'; readonly keyHex: string; readonly sizeBytes: number }
  /** The byte at `offset` gets every bit turned over. */
  | { readonly verb: 'change'; readonly offset: number };

/** Milliseconds or other numbers by name. */
export type Figures = Readonly<Record<string, number>>;

export type TaskResult =
  { readonly ok: true; readonly figures: Figures } | { readonly ok: false; readonly problem: string };

/** Moments that the bench's process wants to know of, before they pass: it answers first. */
export type Mark = `${string}-${'start' | 'end'}`;

/** Paths of the bench's HTTP server. */
export const PATHS = {
  /** GET: the next task, when there is one. */
  task: '/bench/task',
  /** POST: a TaskResult. */
  result: '/bench/result',
  /** POST with `?name=` a Mark. */
  mark: '/bench/mark',
  /** GET: resident bytes of the browser's renderer processes. */
  rendererRss: '/bench/renderer-rss',
} as const;
