/**
 * WebDriver's commands to Firefox over Marionette, its own protocol: messages of JSON over TCP, each behind its length
 * in bytes and a colon. Not over WebDriver BiDi: its sessions listen to all worker threads, and then a thread that
 * starts another one may wait for ever.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { OpenCalls } from './open-calls.ts';
import type { Result } from './open-calls.ts';
import type { SendCommand } from './webdriver.ts';

const COMMAND = 0;
const COLON = ':'.charCodeAt(0);

type Answer = readonly [kind: 1, id: number, error: object | null, result: Result | null];

/** Opens a session with the Firefox that listens on `port` and resolves with what sends commands to it. */
export async function openMarionetteSession(port: number): Promise<SendCommand> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const calls = new OpenCalls();
  readMessages(socket, (message) => {
    if (!Array.isArray(message)) return; // the greeting
    const [, id, error, result] = message as unknown as Answer;
    calls.settle({ id, ...(error === null ? { result: result ?? {} } : { error }) });
  });
  socket.on('error', () => undefined); // a `close` follows
  socket.on('close', () => {
    calls.rejectAll();
  });
  const call = (command: string, parameters: object): Promise<Result> => {
    if (!socket.writable) return Promise.reject(new Error(`Firefox is gone: ${command}`));
    const { id, answered } = calls.open(command);
    const message = JSON.stringify([COMMAND, id, `WebDriver:${command}`, parameters]);
    socket.write(`${Buffer.byteLength(message)}:${message}`);
    return answered;
  };
  await call('NewSession', {});
  return async (command, parameters) => (await call(command, parameters)).value;
}

function readMessages(socket: Socket, onMessage: (message: unknown) => void): void {
  let unread = Buffer.alloc(0);
  socket.on('data', (data) => {
    unread = Buffer.concat([unread, data]);
    for (;;) {
      const start = unread.indexOf(COLON) + 1;
      const end = start + Number(unread.toString('latin1', 0, Math.max(0, start - 1)));
      if (start === 0 || unread.length < end) return;
      onMessage(JSON.parse(unread.toString('utf8', start, end)));
      unread = unread.subarray(end);
    }
  });
}
