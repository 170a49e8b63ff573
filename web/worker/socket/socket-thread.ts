/**
 * Sockets in a thread of their own. A browser hands a socket's bytes to its network process in small parts,
 * each when the one before is taken, by the thread that owns the socket: beside the sealing, which works a
 * millisecond at a time, the network waited more than it sent.
 */
import { CollectionNudge } from '../../../shared/collection-nudge.ts';
import type { SocketReport, SocketRequest } from './protocol.ts';

/** Each message costs both threads about what copying a buffer would. */
const RECYCLED_AT_ONCE = 4;

type Report = (report: SocketReport, transfer: Transferable[]) => void;

export class SocketThread {
  readonly #report: Report;
  readonly #sockets = new Map<number, WebSocket>();
  readonly #nudge = new CollectionNudge();
  #used: ArrayBuffer[] = [];

  constructor(report: Report) {
    this.#report = report;
  }

  handle(request: SocketRequest): void {
    switch (request.type) {
      case 'open':
        this.#open(request.socketId, request.url);
        break;
      case 'send':
        this.#send(request);
        break;
      case 'close':
        this.#sockets.get(request.socketId)?.close();
        break;
    }
  }

  #open(socketId: number, url: string): void {
    const socket = new WebSocket(url);
    this.#sockets.set(socketId, socket);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#report({ type: 'opened', socketId }, []);
    };
    socket.onclose = () => {
      this.#sockets.delete(socketId);
      this.#report({ type: 'closed', socketId }, []);
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const transfer = data instanceof ArrayBuffer ? [data] : [];
      for (const { byteLength } of transfer) this.#nudge.passed(byteLength);
      this.#report({ type: 'message', socketId, data }, transfer);
    };
  }

  #send(request: Extract<SocketRequest, { readonly type: 'send' }>): void {
    const { socketId, buffer, byteOffset, lengthBytes } = request;
    const socket = this.#sockets.get(socketId);
    if (socket?.readyState === WebSocket.OPEN) socket.send(new Uint8Array(buffer, byteOffset, lengthBytes));
    this.#nudge.passed(lengthBytes);
    if (this.#used.push(buffer) < RECYCLED_AT_ONCE) return;
    this.#report({ type: 'recycle', buffers: this.#used }, this.#used);
    this.#used = [];
  }
}
