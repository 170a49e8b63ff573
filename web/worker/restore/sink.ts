/** Where restored files go: a folder, a zip, a single download. */
import type { PlannedFile } from './batches.ts';

export interface RestoreSink {
  /** How many files may be open at once. */
  readonly filesAtOnce: number;
  folder(path: readonly string[]): Promise<void>;
  /** What is to be done for a file, before its content is fetched. Throws `target-unwritable`, `path-unsafe`. */
  place(planned: PlannedFile): Promise<Placement>;
  /** All is written, but for what `problems` says. */
  finish(problems: readonly string[]): Promise<void>;
  /** The restore ends early: whoever writes just now fails. */
  abort(error: Error): Promise<void>;
  /** Nothing is written any more, whatever came of it. */
  close(): Promise<void>;
}

export type Placement =
  /** It is there already, with exactly this content. */
  | { readonly kind: 'present' }
  /** Another file is there and stays as it is. */
  | { readonly kind: 'occupied' }
  | WritePlacement;

export interface WritePlacement {
  readonly kind: 'write';
  /** Where nothing was, beside a file that is different, or in its place. */
  readonly how: 'new' | 'beside' | 'instead';
  /** Throws `target-unwritable`, `device-full`. */
  open(): Promise<FileSink>;
}

export interface FileSink {
  /**
   * Gets verified bytes only, in order. Those of a file's first chunk are good until the file is finished, others
   * until this resolves.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Every byte is written: the file becomes visible as finished. */
  finish(): Promise<void>;
  /** The file can't be restored: no part of it may look like the file. */
  abort(): Promise<void>;
}
