import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { AccountId, VaultId } from '../../shared/ids.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import type { ConnectionState } from '../../web/bridge/engine-api.ts';
import { ServerLink } from '../../web/worker/connection/server-link.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { freePort } from '../helpers/free-port.ts';
import { waitFor } from '../helpers/wait.ts';
import { openSocket } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { ScriptedServer, Script } from './scripted-server.ts';

const TOKEN = new Uint8Array(32).fill(9);
const SERVER_STATUS: ServerMessage = {
  type: 'server-status',
  uptimeMs: 1,
  serverVersion: '1.2.3',
  vaultStoredBytes: 0,
  vaultChunks: 0,
  vaultSnapshots: 0,
  trashedSnapshots: 0,
  garbageBytes: 0,
  scrubbedAtMs: 0,
  damagedChunks: 0,
  quotaBytes: 0,
};
const RESUMED: ServerMessage = {
  type: 'session-resumed',
  accountId: '01'.repeat(16) as AccountId,
  role: 'user',
  vault: { vaultId: '02'.repeat(16) as VaultId, keys: [] },
};

function errorMessage(code: string, retryAfterMs?: number): ServerMessage {
  return { type: 'error', code, detail: '', retryAfterMs };
}

class Watched {
  readonly states: ConnectionState[] = [];
  readonly pushed: ServerMessage[] = [];
  readonly lost: string[] = [];
  readonly clock = new ManualClock();
  readonly link: ServerLink;
  readonly running: Promise<void>;

  constructor(url: string, chanceByte = 0xff) {
    const ports = {
      openSocket,
      checksum,
      clock: this.clock,
      random: (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(chanceByte),
    };
    this.link = new ServerLink(url, ports, {
      onState: (state) => this.states.push(state),
      onPush: (message) => this.pushed.push(message),
      onSessionLost: ({ code }) => this.lost.push(code),
    });
    this.running = this.link.run();
  }

  kinds(): string[] {
    return this.states.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);
  }

  async state(kind: ConnectionState['kind'], count = 1): Promise<void> {
    await waitFor(`${kind} for the ${count}. time`, () =>
      this.kinds().filter((each) => each === kind).length >= count ? true : undefined,
    );
  }

  /** How long the waits before each new try were said to be. */
  waitsMs(): number[] {
    const waits: number[] = [];
    for (const state of this.states) {
      if (state.kind === 'offline' && state.nextTryAtMs !== undefined) waits.push(state.nextTryAtMs);
    }
    return waits;
  }
}

async function link(
  test: TestContext,
  script?: Script,
  chanceByte?: number,
): Promise<{ server: ScriptedServer; watched: Watched }> {
  const server = await startScriptedServer(test, script);
  const watched = new Watched(server.url, chanceByte);
  test.after(async () => {
    watched.link.stop();
    await watched.running;
  });
  return { server, watched };
}

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
    const { server, watched } = await link(test);
    const asked = watched.link.request({ type: 'status' }, ['server-status']);
    const connection = await server.connection();
    await connection.message('status');
    connection.sendRaw('nonsense');
    await watched.state('offline');
    await watched.clock.advance(250);
    const again = await server.connection(1);
    const { requestId } = await again.message('status');
    again.send(SERVER_STATUS, requestId);
    assert.deepEqual(await asked, SERVER_STATUS);
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

/** Moves time on in steps in which the server can answer the heartbeat. */
async function keepTalking(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
