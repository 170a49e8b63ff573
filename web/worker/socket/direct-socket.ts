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
  // The browser copies what it is given to send.
  const memory = new Uint8Array(MAX_FRAME_BYTES);
  return {
    frame: () => memory,
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => {
      socket.close();
    },
  };
};
