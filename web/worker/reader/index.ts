/** Entry of the reader thread. */
import type { RequestToReader } from './protocol.ts';
import { ReaderThread } from './reader-thread.ts';

const thread = new ReaderThread((message, transfer) => {
  self.postMessage(message, { transfer });
});

self.onmessage = (event: MessageEvent<RequestToReader>) => {
  thread.handle(event.data);
};
