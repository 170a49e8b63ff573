/** Entry of the reader thread. */
import { FileReader } from './file-reader.ts';
import type { ReaderRequest } from './protocol.ts';

const reader = new FileReader((message, transfer) => {
  self.postMessage(message, { transfer });
});

self.onmessage = (event: MessageEvent<ReaderRequest>) => {
  reader.handle(event.data);
};
