import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { waitFor } from '../helpers/wait.ts';
import type { ManualClock } from './manual-clock.ts';
import type { Script } from './scripted-server.ts';
import { errorMessage, link, SERVER_STATUS } from './scripted-link.ts';

describe('a request', () => {
  it('waits for a connection and is asked again over the next one when it is lost', async (test) => {
    const script = { answers: false };
    const { server, watched } = await link(test, ({ type }) =>
      type === 'status' && script.answers ? SERVER_STATUS : undefined,
    );
    const asked = watched.link.request({ type: 'status' }, ['server-status']);
    for (let time = 0; time < 3; time++) {
      const connection = await server.connection(time);
      await connection.message('status');
      script.answers = time === 1;
      connection.drop();
      await watched.state('offline', time + 1);
      await watched.clock.advance(250);
    }
    assert.deepEqual(await asked, SERVER_STATUS);
  });

  it('is asked again after the time that the server names', async (test) => {
    let refusals = 2;
    const script: Script = ({ type }) => {
      if (type !== 'status') return undefined;
      return refusals-- > 0 ? errorMessage('storage-full', 30_000) : SERVER_STATUS;
    };
    const { server, watched } = await link(test, script, 0);
    const asked = watched.link.request({ type: 'status' }, ['server-status']);
    const connection = await server.connection();
    await connection.message('status', 0);
    await waitFor('the pause', () => (watched.clock.sleeping > 1 ? true : undefined));
    await keepTalking(watched.clock, 29_000);
    assert.equal(connection.messagesOf('status').length, 1);
    await keepTalking(watched.clock, 2_000);
    await connection.message('status', 1);
    await waitFor('the pause', () => (watched.clock.sleeping > 1 ? true : undefined));
    await keepTalking(watched.clock, 30_000);
    assert.deepEqual(await asked, SERVER_STATUS);
    assert.equal(server.connections.length, 1);
  });

  it('is spread over as long again by chance: all whom a server turned away were named the same time', async (test) => {
    let refusals = 1;
    const script: Script = ({ type }) => {
      if (type !== 'status') return undefined;
      return refusals-- > 0 ? errorMessage('server-busy', 10_000) : SERVER_STATUS;
    };
    const { server, watched } = await link(test, script, 0x80);
    const asked = watched.link.request({ type: 'status' }, ['server-status']);
    const connection = await server.connection();
    await connection.message('status');
    await waitFor('the pause', () => (watched.clock.sleeping > 1 ? true : undefined));
    await keepTalking(watched.clock, 14_500);
    assert.equal(connection.messagesOf('status').length, 1);
    await keepTalking(watched.clock, 1_500);
    assert.deepEqual(await asked, SERVER_STATUS);
  });

  it('fails at once with an error that trying again can’t help', async (test) => {
    for (const code of ['not-allowed', 'snapshot-conflict', 'internal'] as const) {
      const { server, watched } = await link(test, ({ type }) =>
        type === 'status' ? errorMessage(code) : undefined,
      );
      await assertRejectsCode(watched.link.request({ type: 'status' }, ['server-status']), code);
      assert.equal((await server.connection()).messagesOf('status').length, 1);
    }
  });

  it('is tried three times, and no more, when it may be the client’s fault', async (test) => {
    const faults: readonly [ServerMessage, ErrorCode][] = [
      [errorMessage('malformed'), 'malformed'],
      [errorMessage('credit-exceeded'), 'credit-exceeded'],
      [{ type: 'pong' }, 'malformed'], // an answer to something else
    ];
    for (const [answer, code] of faults) {
      const { server, watched } = await link(test, ({ type }) => (type === 'status' ? answer : undefined));
      const settled = new AbortController();
      const asked = watched.link.request({ type: 'status' }, ['server-status']);
      const refused = assertRejectsCode(asked, code).finally(() => {
        settled.abort();
      });
      const connection = await server.connection();
      for (let second = 0; second < 20 && !settled.signal.aborted; second++) {
        await keepTalking(watched.clock, 1_000);
      }
      await refused;
      assert.equal(connection.messagesOf('status').length, 3);
    }
  });

  it('is asked again when a server’s nonsense ends the connection: it may have been damaged on the way', async (test) => {
    const otherVersion = new Uint8Array(20).fill(0x82);
    for (const nonsense of ['nonsense', otherVersion]) {
      const { server, watched } = await link(test);
      const asked = watched.link.request({ type: 'status' }, ['server-status']);
      const connection = await server.connection();
      await connection.message('status');
      connection.sendRaw(nonsense);
      await watched.state('offline');
      await watched.clock.advance(250);
      const again = await server.connection(1);
      const { requestId } = await again.message('status');
      again.send(SERVER_STATUS, requestId);
      assert.deepEqual(await asked, SERVER_STATUS);
    }
  });

  it('that is cancelled stops waiting, connected or not', async (test) => {
    const { server, watched } = await link(test);
    await watched.state('online');
    (await server.connection()).drop();
    await watched.state('offline');
    const cancelling = new AbortController();
    const asked = watched.link.request({ type: 'status' }, ['server-status'], cancelling.signal);
    const refused = assertRejectsCode(asked, 'cancelled');
    cancelling.abort(new HoldfastError('cancelled'));
    await refused;
    const late = watched.link.request({ type: 'status' }, ['server-status'], cancelling.signal);
    await assertRejectsCode(late, 'cancelled');
  });

  it('that must not be repeated isn’t, and gives up after ten seconds without a connection', async (test) => {
    const { server, watched } = await link(test);
    const finish = { type: 'sign-in-start', name: 'ada', credential: 'password', request: 'x' } as const;
    const asked = assertRejectsCode(watched.link.requestOnce(finish, ['sign-in-challenge']), 'offline');
    const connection = await server.connection();
    await connection.message('sign-in-start');
    await server.stopListening();
    connection.drop();
    await asked;
    const late = assertRejectsCode(watched.link.requestOnce(finish, ['sign-in-challenge']), 'offline');
    await watched.clock.advance(10_000);
    await late;
  });

  it('that builds on one before goes over the same connection, or fails with it: another knows nothing of it', async (test) => {
    const { server, watched } = await link(test, ({ type }) => {
      if (type === 'sign-in-start') return { type: 'sign-in-challenge', response: 'y' };
      return type === 'sign-in-finish' ? errorMessage('sign-in-failed') : undefined;
    });
    const start = { type: 'sign-in-start', name: 'ada', credential: 'password', request: 'x' } as const;
    const finish = { type: 'sign-in-finish', finish: 'z', deviceId: '03'.repeat(16) as DeviceId } as const;
    const signedIn = watched.link.exchange(async (ask) => {
      await ask(start, ['sign-in-challenge']);
      (await server.connection()).drop();
      await watched.state('offline');
      await watched.clock.advance(250);
      await watched.state('online', 2);
      return ask(finish, ['signed-in']);
    });
    await assertRejectsCode(signedIn, 'offline');
    assert.equal((await server.connection(1)).messagesOf('sign-in-finish').length, 0);
  });
});

/** Moves time on in steps in which the server can answer the heartbeat. */
async function keepTalking(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
