import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../server/log.ts';
import { waitFor } from '../helpers/wait.ts';
import { newMember, secondConnection } from './members.ts';
import { startTestServer } from './test-server.ts';

/** Notes which connections have been closed. */
function noting(closed: unknown[]): Log {
  const note = (fields: object, text: string) => {
    if (text === 'connection closed' && 'connection' in fields) closed.push(fields.connection);
  };
  return { debug: note, info: note, warn: note, error: note };
}

test('a client that has died without a word is noticed and let go; one that only has nothing to say is not', async (t) => {
  const closed: unknown[] = [];
  const server = await startTestServer(t, { log: noting(closed) });
  const member = await newMember(server); // connection 1: says nothing more, but its socket answers
  const dead = await secondConnection(server, member); // connection 2
  dead.socket.pause(); // reads nothing any more, and so answers no ping
  const diedAtMs = performance.now();
  await waitFor('the dead client to be let go', () => closed[0], 30_000);
  const tookMs = performance.now() - diedAtMs;
  assert.ok(tookMs > 8_000, String(tookMs));
  assert.deepEqual(closed, [2]);
  await sleep(Math.max(0, 20_000 - tookMs));
  await member.client.expect('pong', { type: 'ping' });
  assert.deepEqual(closed, [2]);
});
