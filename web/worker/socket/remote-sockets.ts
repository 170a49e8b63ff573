/** The engine's side of the socket thread: sockets that live there and look as if they were here. */
import type { Socket, SocketEvents } from '../ports.ts';
import type { SocketReport, SocketRequest } from './protocol.ts';
import { MAX_FRAME_BYTES } from '../../../shared/wire/frame.ts';

/** Frames' buffers that are kept for the next ones: about what is between the threads at full speed. */
const SPARE_BUFFERS = 16;

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
      send: (data) => {
        this.#send(socketId, data);
      },
      close: () => {
        this.#post({ type: 'close', socketId }, []);
      },
    };
  }

  /** Hears what the thread says. */
  take(report: SocketReport): void {
    switch (report.type) {
      case 'opened':
        this.#events.get(report.socketId)?.onOpen();
        break;
      case 'message':
        this.#events.get(report.socketId)?.onMessage(report.data);
        break;
      case 'closed':
        this.#events.get(report.socketId)?.onClose();
        this.#events.delete(report.socketId);
        break;
      case 'recycle':
        if (this.#spare.length < SPARE_BUFFERS) this.#spare.push(report.buffer);
        break;
    }
  }

  #send(socketId: number, data: Uint8Array): void {
    const buffer = this.#spare.pop() ?? new ArrayBuffer(MAX_FRAME_BYTES);
    new Uint8Array(buffer).set(data);
    this.#post({ type: 'send', socketId, buffer, lengthBytes: data.length }, [buffer]);
  }
}
