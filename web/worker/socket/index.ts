/** Entry of the socket thread. */
import type { SocketRequest } from './protocol.ts';
import { SocketThread } from './socket-thread.ts';

const thread = new SocketThread((report, transfer) => {
  self.postMessage(report, { transfer });
});

self.onmessage = (event: MessageEvent<SocketRequest>) => {
  thread.handle(event.data);
};
