/**
 * Sockets in a thread of their own. A browser hands a socket's bytes to its network process in small parts,
 * each when the one before is taken, by the thread that owns the socket: beside the sealing, which works a
 * millisecond at a time, the network waited more than it sent.
 */
import type { SocketReport, SocketRequest } from './protocol.ts';

type Report = (report: SocketReport, transfer: Transferable[]) => void;

export class SocketThread {
  readonly #report: Report;
  readonly #sockets = new Map<number, WebSocket>();

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
      this.#report({ type: 'message', socketId, data }, transfer);
    };
  }

  #send({ socketId, buffer, lengthBytes }: Extract<SocketRequest, { readonly type: 'send' }>): void {
    const socket = this.#sockets.get(socketId);
    if (socket?.readyState === WebSocket.OPEN) socket.send(new Uint8Array(buffer, 0, lengthBytes));
    this.#report({ type: 'recycle', buffer }, [buffer]);
  }
}
