/** Where restored files go: a folder, a zip, a single download. */

export interface FileInfo {
  readonly path: readonly string[];
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface RestoreSink {
  /** How many files may be open at once. */
  readonly filesAtOnce: number;
  folder(path: readonly string[]): Promise<void>;
  /** Throws `target-exists`, `target-unwritable`, `path-unsafe`. */
  file(info: FileInfo): Promise<FileSink>;
  /** All is written, but for what `problems` says. */
  finish(problems: readonly string[]): Promise<void>;
  /** The restore ends early. */
  abort(error: Error): Promise<void>;
}

export interface FileSink {
  /** Gets verified bytes only, in order. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Every byte is written: the file becomes visible as finished. */
  finish(): Promise<void>;
  /** The file can't be restored: no part of it may look like the file. */
  abort(): Promise<void>;
}
