import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import type { SocketEvents } from '../../web/worker/ports.ts';
import type { SocketRequest } from '../../web/worker/socket/protocol.ts';
import { RemoteSockets } from '../../web/worker/socket/remote-sockets.ts';

interface Posted {
  readonly request: SocketRequest;
  readonly transfer: readonly Transferable[];
}

function listener(): SocketEvents & { readonly heard: unknown[] } {
  const heard: unknown[] = [];
  return {
    heard,
    onOpen: () => heard.push('open'),
    onMessage: (data) => heard.push(data),
    onClose: () => heard.push('close'),
  };
}

function remoteSockets(): { readonly sockets: RemoteSockets; readonly posted: Posted[] } {
  const posted: Posted[] = [];
  const sockets = new RemoteSockets((request, transfer) => posted.push({ request, transfer }));
  return { sockets, posted };
}

describe('sockets of another thread', () => {
  it('give a frame’s memory away with the frame, and take it back for the next one', () => {
    const { sockets, posted } = remoteSockets();
    const socket = sockets.open('ws://server', listener());
    const frame = socket.frame();
    assert.equal(frame.length, MAX_FRAME_BYTES);
    socket.send(frame.subarray(0, 5));
    const { buffer } = frame;
    assert.deepEqual(posted[1], {
      request: { type: 'send', socketId: 0, buffer, byteOffset: 0, lengthBytes: 5 },
      transfer: [buffer],
    });
    sockets.take({ type: 'recycle', buffers: [buffer] });
    assert.equal(socket.frame().buffer, buffer);
    assert.notEqual(socket.frame().buffer, buffer);
  });

  it('keep no more spare memory than is in use between the threads', () => {
    const { sockets } = remoteSockets();
    const socket = sockets.open('ws://server', listener());
    const buffers = Array.from({ length: 80 }, () => new ArrayBuffer(MAX_FRAME_BYTES));
    sockets.take({ type: 'recycle', buffers: buffers.slice(0, 10) });
    sockets.take({ type: 'recycle', buffers: buffers.slice(10) });
    const kept = Array.from({ length: 80 }, () => socket.frame().buffer).filter((buffer) =>
      buffers.includes(buffer),
    );
    assert.equal(kept.length, 32);
  });

  it('hear of their own connection only, and of nothing after its end', () => {
    const { sockets, posted } = remoteSockets();
    const [first, second] = [listener(), listener()];
    sockets.open('ws://server/1', first).close();
    sockets.open('ws://server/2', second);
    sockets.take({ type: 'closed', socketId: 0 });
    sockets.take({ type: 'opened', socketId: 1 });
    sockets.take({ type: 'message', socketId: 1, data: 'hello' });
    sockets.take({ type: 'message', socketId: 0, data: 'late' });
    assert.deepEqual(first.heard, ['close']);
    assert.deepEqual(second.heard, ['open', 'hello']);
    assert.deepEqual(
      posted.map(({ request }) => request.type),
      ['open', 'close', 'open'],
    );
  });
});
