import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { freePort } from '../helpers/free-port.ts';
import { waitFor } from '../helpers/wait.ts';
import { errorMessage, link, RESUMED, SERVER_STATUS, TOKEN, Watched } from './scripted-link.ts';

describe('a link to the server', () => {
  it('connects, says so, and passes on what the server says by itself', async (test) => {
    const { server, watched } = await link(test);
    await watched.state('online');
    (await server.connection()).send({ type: 'vault-changed', headSeq: 3 });
    await waitFor('the push', () => watched.pushed[0]);
    assert.deepEqual(watched.pushed, [{ type: 'vault-changed', headSeq: 3 }]);
    assert.deepEqual(watched.kinds(), ['connecting', 'online']);
  });

  it('comes back by itself whenever the connection is lost', async (test) => {
    const { server, watched } = await link(test);
    for (let time = 1; time <= 4; time++) {
      await watched.state('online', time);
      (await server.connection(time - 1)).drop();
      await watched.state('offline', time);
      await watched.clock.advance(250);
    }
    assert.equal((await server.connection(4)).closed, false);
  });

  it('waits longer after each failed try, never more than a minute, and starts small again after success', async (test) => {
    const port = await freePort();
    const watched = new Watched(`ws://127.0.0.1:${port}/ws`);
    test.after(async () => {
      watched.link.stop();
      await watched.running;
    });
    const waits: number[] = [];
    for (let time = 1; time <= 10; time++) {
      await watched.state('offline', time);
      const waitMs = Number(watched.waitsMs().at(-1)) - watched.clock.nowMs();
      waits.push(Math.round(waitMs));
      await watched.clock.advance(waitMs);
    }
    assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('spreads the tries of many clients: the wait is anything from nothing to its bound', async (test) => {
    const watched = new Watched(`ws://127.0.0.1:${await freePort()}/ws`, 0);
    test.after(async () => {
      watched.link.stop();
      await watched.running;
    });
    await watched.state('offline');
    assert.equal(Number(watched.waitsMs()[0]) - watched.clock.nowMs(), 0);
  });

  it('tries at once when it is told to', async (test) => {
    const { server, watched } = await link(test);
    await watched.state('online');
    (await server.connection()).drop();
    await watched.state('offline');
    watched.link.retryNow();
    await watched.state('online', 2);
  });

  it('tells of a silence as being offline, and of its end', async (test) => {
    const script = { isMute: false };
    const { server, watched } = await link(test, () => (script.isMute ? 'silence' : undefined));
    await watched.state('online');
    const connection = await server.connection();
    await connection.message('ping');
    script.isMute = true;
    await watched.clock.advance(2_500);
    await watched.state('offline');
    const said = watched.states.findLast(({ kind }) => kind === 'offline');
    assert.equal(said?.kind === 'offline' && said.problem?.code, 'stalled');
    script.isMute = false;
    await watched.clock.advance(800);
    await watched.state('online', 2);
    assert.equal(server.connections.length, 1);
  });
});
describe('a session', () => {
  it('is taken up before anything else, over each new connection', async (test) => {
    const { server, watched } = await link(test, ({ type }) => {
      if (type === 'resume-session') return RESUMED;
      return type === 'status' ? SERVER_STATUS : undefined;
    });
    await watched.state('online');
    watched.link.useSession(TOKEN);
    (await server.connection()).drop();
    await watched.state('offline');
    const asked = watched.link.request({ type: 'status' }, ['server-status']);
    await watched.clock.advance(250);
    await asked;
    const types = (await server.connection(1)).received.map(({ message }) => message.type);
    const spoken = types.filter((type) => type !== 'ping');
    assert.deepEqual(
      spoken.filter((type) => type !== 'part-size'),
      ['hello', 'resume-session', 'status'],
    );
    assert.deepEqual((await server.connection(1)).messagesOf('resume-session'), [
      { type: 'resume-session', token: TOKEN },
    ]);
    assert.deepEqual(watched.lost, []);
  });

  it('that the server no longer knows is dropped and told of; the connection stays', async (test) => {
    const { server, watched } = await link(test, ({ type }) =>
      type === 'resume-session' ? errorMessage('session-expired') : undefined,
    );
    await watched.state('online');
    watched.link.useSession(TOKEN);
    (await server.connection()).drop();
    await watched.state('offline');
    await watched.clock.advance(250);
    await watched.state('online', 2);
    assert.deepEqual(watched.lost, ['session-expired']);
    (await server.connection(1)).drop();
    await watched.state('offline', 2);
    await watched.clock.advance(250);
    await watched.state('online', 3);
    assert.equal((await server.connection(2)).messagesOf('resume-session').length, 0);
    assert.deepEqual(watched.lost, ['session-expired']);
  });

  it('that can’t be taken up now is kept; the useless connection is closed and another tried', async (test) => {
    let refusals = 1;
    const { server, watched } = await link(test, ({ type }) => {
      if (type !== 'resume-session') return undefined;
      return refusals-- > 0 ? errorMessage('shutting-down') : RESUMED;
    });
    await watched.state('online');
    watched.link.useSession(TOKEN);
    (await server.connection()).drop();
    await watched.state('offline');
    await watched.clock.advance(250);
    await (await server.connection(1)).whenClosed();
    await watched.state('offline', 2);
    await watched.clock.advance(500);
    await watched.state('online', 2);
    assert.deepEqual(watched.lost, []);
    assert.equal((await server.connection(2)).messagesOf('resume-session').length, 1);
  });
});

describe('a stopped link', () => {
  it('closes its connection, tries no more and leaves nobody waiting', async (test) => {
    const { server, watched } = await link(test);
    await watched.state('online');
    const asked = assertRejectsCode(watched.link.request({ type: 'status' }, ['server-status']), 'cancelled');
    watched.link.stop();
    await asked;
    await watched.running;
    await (await server.connection()).whenClosed();
    await assertRejectsCode(watched.link.request({ type: 'status' }, ['server-status']), 'cancelled');
    await watched.clock.advance(120_000);
    assert.equal(server.connections.length, 1);
    assert.equal(watched.clock.sleeping, 0);
  });

  it('lets those go who waited for a connection', async (test) => {
    const { server, watched } = await link(test);
    await watched.state('online');
    (await server.connection()).drop();
    await watched.state('offline');
    const asked = assertRejectsCode(watched.link.request({ type: 'status' }, ['server-status']), 'cancelled');
    watched.link.stop();
    await asked;
    await watched.running;
  });

  it('closes a connection that was being opened', async (test) => {
    const { server, watched } = await link(test);
    await server.connection();
    watched.link.stop();
    await watched.running;
    await (await server.connection()).whenClosed();
  });
});
