/** The engine's side of the socket thread: sockets that live there and look as if they were here. */
import { release } from '../../../shared/release.ts';
import { MAX_FRAME_BYTES } from '../../../shared/wire/frame.ts';
import type { Socket, SocketEvents } from '../ports.ts';
import type { SocketReport, SocketRequest } from './protocol.ts';

/** Frames' buffers that are kept for the next ones: what is between the threads when the most is under way. */
const SPARE_BUFFERS = 32;

export type PostRequest = (request: SocketRequest, transfer: Transferable[]) => void;

export class RemoteSockets {
  readonly #post: PostRequest;
  readonly #events = new Map<number, SocketEvents>();
  readonly #spare: ArrayBuffer[] = [];
  #nextSocketId = 0;

  constructor(post: PostRequest) {
    this.#post = post;
  }

  open(url: string, events: SocketEvents): Socket {
    const socketId = this.#nextSocketId++;
    this.#events.set(socketId, events);
    this.#post({ type: 'open', socketId, url }, []);
    return {
      frame: () => new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(MAX_FRAME_BYTES)),
      send: ({ buffer, byteOffset, length }) => {
        this.#post({ type: 'send', socketId, buffer, byteOffset, lengthBytes: length }, [buffer]);
      },
      close: () => {
        this.#post({ type: 'close', socketId }, []);
      },
    };
  }

  /** Hears what the thread says. */
  take(report: SocketReport): void {
    if (report.type === 'recycle') {
      for (const buffer of report.buffers) this.#takeBack(buffer);
      return;
    }
    const events = this.#events.get(report.socketId);
    if (events === undefined) return;
    if (report.type === 'opened') events.onOpen();
    else if (report.type === 'message') events.onMessage(report.data);
    else this.#ended(report.socketId, events);
  }

  #takeBack(buffer: ArrayBuffer): void {
    if (this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffer);
    else release(buffer);
  }

  #ended(socketId: number, events: SocketEvents): void {
    this.#events.delete(socketId);
    events.onClose();
  }
}
