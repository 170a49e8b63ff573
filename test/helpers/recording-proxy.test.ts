import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { startRecordingProxy } from './recording-proxy.ts';
import { tempDir } from './temp-dir.ts';
import { waitFor } from './wait.ts';

/** Answers HTTP with its path and echoes WebSocket messages. */
async function startEcho(t: TestContext): Promise<string> {
  const server = http.createServer((request, response) => response.end(`page ${request.url ?? ''}`));
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      socket.send(data, { binary: isBinary });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

test('every byte of both directions passes unchanged and is in the files', async (t) => {
  const proxy = await startRecordingProxy(t, await startEcho(t), await tempDir(t));
  const page = await (await fetch(`${proxy.url}/some/path`)).text();
  assert.equal(page, 'page /some/path');

  const socket = new WebSocket(`${proxy.url}/ws`);
  socket.on('open', () => {
    socket.send(Buffer.from('first, '));
    socket.send(Buffer.from('second'));
  });
  const echoed: string[] = [];
  socket.on('message', (data: Buffer) => echoed.push(data.toString()));
  await waitFor('both echoes', () => (echoed.length === 2 ? true : undefined));
  assert.deepEqual(echoed, ['first, ', 'second']);
  assert.deepEqual(proxy.counts(), { upBytes: 13, downBytes: 13 });
  socket.terminate();

  await proxy.flush();
  assert.match(await readFile(proxy.upFile, 'utf8'), /GET \/some\/path[^]*first, second/);
  assert.match(await readFile(proxy.downFile, 'utf8'), /page \/some\/path[^]*first, second/);
});

test('a stalled proxy passes nothing on until it resumes', async (t) => {
  const proxy = await startRecordingProxy(t, await startEcho(t), await tempDir(t));
  const socket = new WebSocket(`${proxy.url}/ws`);
  await once(socket, 'open');
  proxy.stall();
  let answered = false;
  const answer = once(socket, 'message').then(() => (answered = true));
  socket.send(Buffer.from('hello'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(answered, false);
  proxy.resume();
  await answer;
  socket.terminate();
});

test('dropped connections end on both sides', async (t) => {
  const proxy = await startRecordingProxy(t, await startEcho(t), await tempDir(t));
  const socket = new WebSocket(`${proxy.url}/ws`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  proxy.dropConnections();
  await closed;
});
