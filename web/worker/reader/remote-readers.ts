/** The engine's side of the reader thread: readers that live there and look as if they were here. */
import { release } from '../../../shared/release.ts';
import type { ReaderPort, StartReader } from '../ports.ts';
import type { MessageOfReader, ReaderMessage, RequestToReader } from './protocol.ts';

export type PostRequest = (request: RequestToReader, transfer: Transferable[]) => void;

export class RemoteReaders {
  readonly #post: PostRequest;
  readonly #listeners = new Map<number, (message: ReaderMessage) => void>();
  #nextReaderId = 0;

  constructor(post: PostRequest) {
    this.#post = post;
  }

  readonly start: StartReader = (setup, onMessage): ReaderPort => {
    const readerId = this.#nextReaderId++;
    this.#listeners.set(readerId, onMessage);
    this.#post({ readerId, request: { type: 'start', ...setup } }, []);
    return {
      postMessage: (request, transfer) => {
        this.#post({ readerId, request }, transfer);
      },
      end: () => {
        if (this.#listeners.delete(readerId)) this.#post({ readerId, request: { type: 'end' } }, []);
      },
    };
  };

  /** Hears what the thread says. */
  take({ readerId, message }: MessageOfReader): void {
    const listener = this.#listeners.get(readerId);
    if (listener !== undefined) listener(message);
    else if ('buffer' in message) release(message.buffer);
  }
}
