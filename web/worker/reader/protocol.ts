/**
 * Between the engine and the reader thread. Content travels in buffers of PIECE_BYTES that the reader owns
 * and the engine gives back: a fixed number of them bounds memory, whatever the files' sizes.
 */
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ContentDigest } from '../../../shared/ids.ts';

/** A file that was opened, or a handle of one that the reader opens itself, just before it reads it. */
export type Readable = File | FileSystemFileHandle;

/** What a vault and a source say of how content is cut and told apart. */
export interface ReaderSetup {
  readonly gearTable: Uint8Array<ArrayBuffer>;
  readonly digestKey: Uint8Array<ArrayBuffer>;
  /** Chunks of one size, wherever the content would have them cut. */
  readonly fixedSize: boolean;
}

export interface FileFacts {
  readonly fileId: number;
  /** As the file was opened. */
  readonly modifiedAtMs: number;
}

export interface SmallFile extends FileFacts {
  readonly offset: number;
  readonly lengthBytes: number;
  /** Of any but the empty file. */
  readonly digest?: ContentDigest;
}

export type ReaderRequest =
  /** Read a file; content comes in the order of the requests. */
  | {
      readonly type: 'read';
      readonly fileId: number;
      readonly file: Readable;
      /** Whether the browser refuses to read the file once it has changed. */
      readonly isGuarded: boolean;
    }
  /** The buffers' content is used up. */
  | { readonly type: 'recycle'; readonly buffers: readonly ArrayBuffer[] };

/** The thread holds several readers, one for each backup that runs. */
export interface RequestToReader {
  readonly readerId: number;
  readonly request: ({ readonly type: 'start' } & ReaderSetup) | ReaderRequest | { readonly type: 'end' };
}

export interface MessageOfReader {
  readonly readerId: number;
  readonly message: ReaderMessage;
}

export type ReaderMessage =
  /** Part of a file; a chunk ends where `chunkEnd` says. `lengthBytes` may be 0 for the empty file. */
  | (FileFacts & {
      readonly type: 'piece';
      readonly buffer: ArrayBuffer;
      readonly lengthBytes: number;
      readonly chunkEnd: boolean;
      readonly fileEnd: boolean;
    })
  /** Several small files whole, one after another in `buffer`. */
  | {
      readonly type: 'small-files';
      readonly buffer: ArrayBuffer;
      readonly files: readonly SmallFile[];
    }
  /** What came of this file so far is void. */
  | { readonly type: 'failed'; readonly fileId: number; readonly code: ErrorCode; readonly detail: string };
