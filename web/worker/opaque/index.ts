/** Entry of an OPAQUE thread. */
import { OpaqueThread } from './opaque-thread.ts';
import type { RequestToOpaque } from './protocol.ts';

const thread = new OpaqueThread((report) => {
  self.postMessage(report);
});

self.onmessage = (event: MessageEvent<RequestToOpaque>) => {
  void thread.handle(event.data);
};
