/** A socket on the thread that uses it: for the service worker, which has no other. */
import { MAX_FRAME_BYTES } from '../../../shared/wire/frame.ts';
import type { OpenSocket } from '../ports.ts';

export const openDirectSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    events.onOpen();
  };
  socket.onclose = () => {
    events.onClose();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    events.onMessage(data);
  };
  const unused: ArrayBuffer[] = [];
  return {
    frame: () => new Uint8Array(unused.pop() ?? new ArrayBuffer(MAX_FRAME_BYTES)),
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      // The browser has copied what it was given.
      unused.push(frame.buffer);
    },
    close: () => {
      socket.close();
    },
  };
};
