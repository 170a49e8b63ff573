import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode, assertRejectsCode } from '../helpers/coded-errors.ts';
import { waitFor } from '../helpers/wait.ts';
import { connect, settle } from './wire-pair.ts';

describe('the heartbeat', () => {
  it('asks again and again, and tells how long the answer took', async (test) => {
    const { connection, server, clock } = await connect(test);
    const latencies: number[] = [];
    connection.onLatency = (latencyMs) => latencies.push(latencyMs);
    for (let beat = 0; beat < 3; beat++) {
      await server.message('ping', beat);
      await waitFor('the pong', () => (latencies.length > beat ? true : undefined));
      await clock.advance(1_000);
    }
    assert.ok(latencies.slice(0, 3).every((latencyMs) => latencyMs >= 0 && latencyMs < 1_000));
  });

  it('tells of a silence before two seconds of it have passed, and of its end', async (test) => {
    const script = { isMute: false };
    const { connection, server, clock } = await connect(test, () => (script.isMute ? 'silence' : undefined));
    await server.message('ping');
    await settle();
    const silences: number[] = [];
    connection.onSilence = (silentMs) => silences.push(silentMs);
    script.isMute = true;
    await clock.advance(1_000);
    assert.ok(silences.every((silentMs) => silentMs === 0));
    await clock.advance(900);
    assert.ok(Math.max(...silences) >= 1_500 && Math.max(...silences) < 2_000, silences.join());
    server.send({ type: 'vault-changed', headSeq: 1 });
    await settle();
    await clock.advance(900);
    assert.equal(silences.at(-1), 0);
    assert.equal(connection.isOpen, true);
  });

  it('gives a connection up that stays silent for 15 seconds, though nothing closed it', async (test) => {
    const script = { isMute: false };
    const { connection, server, clock } = await connect(test, () => (script.isMute ? 'silence' : undefined));
    await server.message('ping');
    await settle();
    script.isMute = true;
    const asked = assertRejectsCode(connection.request({ type: 'status' }), 'stalled');
    await clock.advance(14_000);
    assert.equal(connection.isOpen, true);
    await clock.advance(2_000);
    await asked;
    assert.ok(hasCode('stalled')(await connection.closed));
    await server.whenClosed();
    await clock.advance(60_000);
    assert.equal(clock.sleeping, 0);
  });

  it('ends with the connection', async (test) => {
    const { connection, server, clock } = await connect(test);
    await server.message('ping');
    server.drop();
    await connection.closed;
    await clock.advance(5_000);
    assert.equal(clock.sleeping, 0);
  });
});
