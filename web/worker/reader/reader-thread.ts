/**
 * Readers in a thread of their own, beside the one that seals and sends. The thread outlives them: starting one took
 * longer than reading a few megabytes.
 */
import { CollectionNudge } from '../../../shared/collection-nudge.ts';
import { release } from '../../../shared/release.ts';
import { FileReader } from './file-reader.ts';
import type {
  MessageOfReader,
  ReaderMessage,
  ReaderRequest,
  ReaderSetup,
  RequestToReader,
} from './protocol.ts';

export type PostMessage = (message: MessageOfReader, transfer: Transferable[]) => void;

export class ReaderThread {
  readonly #post: PostMessage;
  readonly #readers = new Map<number, FileReader>();
  readonly #nudge = new CollectionNudge();

  constructor(post: PostMessage) {
    this.#post = post;
  }

  handle({ readerId, request }: RequestToReader): void {
    if (request.type === 'start') this.#start(readerId, request);
    else if (request.type === 'end') this.#end(readerId);
    else this.#pass(this.#readers.get(readerId), request);
  }

  #start(readerId: number, setup: ReaderSetup): void {
    const reader = new FileReader(setup, this.#nudge, (message, buffers) => {
      this.#send(readerId, message, buffers);
    });
    this.#readers.set(readerId, reader);
  }

  /** `reader`: undefined if it has ended. */
  #pass(reader: FileReader | undefined, request: ReaderRequest): void {
    if (request.type === 'read') reader?.read(request);
    else if (reader !== undefined) reader.recycle(request.buffers);
    else request.buffers.forEach(release);
  }

  #end(readerId: number): void {
    this.#readers.get(readerId)?.end();
    this.#readers.delete(readerId);
    // Files that it was asked for are garbage now, of a few bytes each, and hold much more outside of this thread.
    this.#nudge.now();
  }

  /** Nobody waits for what comes after a reader's end. */
  #send(readerId: number, message: ReaderMessage, buffers: ArrayBuffer[]): void {
    if (this.#readers.has(readerId)) this.#post({ readerId, message }, buffers);
    else buffers.forEach(release);
  }
}
