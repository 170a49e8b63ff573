import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunning } from './process-tree.ts';
import { startServer } from './server.ts';

test('the built server starts on a port of its own, prints the first-run link, and starts again after kill -9', async (t) => {
  const server = await startServer(t);
  const token = await server.firstRunToken();
  assert.ok(token.length >= 16);

  const first = server.pid();
  await server.restart();
  assert.equal(await isRunning(first), false);
  assert.notEqual(server.pid(), first);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);

  assert.equal(await server.kill('SIGTERM'), 0);
});
