/**
 * The raw limit's server: writes each frame straight from the memory that uWebSockets.js lends, makes it
 * durable by fdatasyncs that are shared by all that came meanwhile, and acknowledges the bytes that are.
 * Argument: the folder to write into.
 */
import { fdatasync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import uWS from 'uWebSockets.js';
import type { WebSocket } from 'uWebSockets.js';

interface Connection {
  readonly file: number;
  writtenBytes: number;
  isSyncing: boolean;
  isOpen: boolean;
}

const [, , dataDir = '.'] = process.argv;
let connections = 0;

function syncAndAcknowledge(socket: WebSocket<Connection>): void {
  const connection = socket.getUserData();
  const { file, writtenBytes } = connection;
  connection.isSyncing = true;
  fdatasync(file, (error) => {
    if (error !== null) throw error;
    connection.isSyncing = false;
    if (!connection.isOpen) return;
    const durable = new DataView(new ArrayBuffer(8));
    durable.setFloat64(0, writtenBytes, true);
    socket.send(durable.buffer, true);
    if (connection.writtenBytes > writtenBytes) syncAndAcknowledge(socket);
  });
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

uWS
  .App()
  .ws<Connection>('/*', {
    maxPayloadLength: 1024 * 1024,
    upgrade: (response, request, context) => {
      const file = openSync(path.join(dataDir, `${(connections += 1)}.bin`), 'w');
      response.upgrade<Connection>(
        { file, writtenBytes: 0, isSyncing: false, isOpen: true },
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    message: (socket, message) => {
      const connection = socket.getUserData();
      writeAll(connection.file, new Uint8Array(message));
      connection.writtenBytes += message.byteLength;
      if (!connection.isSyncing) syncAndAcknowledge(socket);
    },
    close: (socket) => {
      socket.getUserData().isOpen = false;
    },
  })
  .listen('127.0.0.1', 0, (socket) => {
    if (socket === false) throw new Error('The raw server found no port.');
    process.stdout.write(`${uWS.us_socket_local_port(socket)}\n`);
  });
