/**
 * A server that says what no server should: answers to nothing, pieces without end, silence with a pulse, pauses of
 * weeks. Each is noticed, has a code, and costs neither memory nor an endless loop.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ErrorCode } from '../../shared/errors.ts';
import { ERRORS, codeFromServer } from '../../shared/errors.ts';
import { MAX_PIECES } from '../../shared/limits.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import type { ConnectionState } from '../../web/bridge/engine-api.ts';
import { assertRejectsCode, hasCode } from '../helpers/coded-errors.ts';
import { docTable } from '../helpers/protocol-doc.ts';
import { waitFor } from '../helpers/wait.ts';
import { CHUNK, connect, piecesOf, settle } from '../worker/wire-pair.ts';
import { errorMessage, watchedLink } from './watched-link.ts';

const STATUS = { type: 'status' } as const;

describe('a server that answers what nobody asked', () => {
  it('is left when it answers a request that was never sent', async (test) => {
    const { connection, server } = await connect(test);
    server.send({ type: 'done' }, 4_000_000_000);
    assert.ok(hasCode('malformed')(await connection.closed));
  });

  it('is left when it pushes anything but news of the vault', async (test) => {
    for (const message of [
      { type: 'done' },
      { type: 'chunk-stored', existed: true },
      { type: 'welcome', uploadCreditBytes: 1, serverTimeMs: 0, serverVersion: '' },
    ] as const) {
      const { connection, server } = await connect(test);
      server.send(message);
      assert.ok(hasCode('malformed')(await connection.closed));
    }
  });

  it('changes nothing by answering twice, or by swapping two answers of other kinds', async (test) => {
    const { connection, server } = await connect(test);
    const status = assertRejectsCode(connection.getChunk(CHUNK), 'malformed');
    const put = connection.putChunk(CHUNK, piecesOf(1, 100));
    const [get, piece] = await Promise.all([server.message('get-chunk'), server.message('put-piece')]);
    for (let time = 0; time < 2; time++) server.send({ type: 'chunk-stored', existed: true }, get.requestId);
    server.send({ type: 'pong' }, piece.requestId);
    await Promise.all([status, assertRejectsCode(put.stored, 'malformed')]);
    assert.equal(connection.isOpen, true);
  });
});

describe('a server that sends too much', () => {
  const piece = (index: number, sizeBytes: number): ServerMessage => {
    const [first] = piecesOf(1, sizeBytes);
    assert.ok(first !== undefined);
    return { type: 'piece', ...first, index, last: false };
  };

  it('is left when pieces come beyond the credit that it was given', async (test) => {
    const { connection, server } = await connect(test);
    const asked = assertRejectsCode(connection.getChunk(CHUNK), 'credit-exceeded');
    const { requestId } = await server.message('get-chunk');
    server.send(piece(0, 200_000), requestId);
    assert.ok(hasCode('credit-exceeded')(await connection.closed));
    await asked;
  });

  it('is left when a part of anything comes beyond the credit', async (test) => {
    const { connection, server } = await connect(test);
    server.send({ type: 'part', totalBytes: 100_000, offset: 0, bytes: new Uint8Array(40_000) }, 1);
    assert.ok(hasCode('credit-exceeded')(await connection.closed));
  });

  it('can’t make a chunk longer than chunks are: no more pieces are held than one has', async (test) => {
    const { connection, server } = await connect(test);
    const asked = assertRejectsCode(connection.getChunk(CHUNK), 'malformed');
    const { requestId } = await server.message('get-chunk');
    for (let index = 0; index <= MAX_PIECES; index++) server.send(piece(index, 10), requestId);
    await asked;
    assert.equal(connection.isOpen, true);
  });

  it('gains nothing by credit without measure', async (test) => {
    const { connection, server } = await connect(test);
    for (let time = 0; time < 10; time++) server.send({ type: 'credit', bytes: 0xffff_ffff });
    const put = connection.putChunk(CHUNK, piecesOf(3, 1_000));
    await put.sent;
    assert.equal(server.messagesOf('put-piece').length <= 3 && connection.isOpen, true);
  });
});

describe('a server that lives and does nothing', () => {
  const WAIT_MS = 70_000;

  it('is called stalled, and left, when it never answers a request', async (test) => {
    const { link, server, pass, online, states } = await watchedLink(test);
    await online();
    const asked = link.request(STATUS, ['server-status']);
    asked.catch(() => undefined); // it is cancelled at the end
    await (await server.connection()).message('status');
    await pass(WAIT_MS);
    const said = states.find((state) => state.kind === 'offline');
    assert.equal(said?.kind === 'offline' && said.problem?.code, 'stalled');
    // It is asked again over the next connection.
    await (await server.connection(1)).message('status');
  });

  it('is called stalled when it gives half of a chunk', async (test) => {
    const { connection, server, clock } = await connect(test);
    const asked = assertRejectsCode(connection.getChunk(CHUNK), 'stalled');
    const { requestId } = await server.message('get-chunk');
    const [first] = piecesOf(2, 1_000);
    assert.ok(first !== undefined);
    server.send({ type: 'piece', ...first }, requestId);
    await passWithPongs(clock, WAIT_MS);
    await asked;
  });

  it('is called stalled when it never lets a chunk be sent', async (test) => {
    const welcome = { type: 'welcome', uploadCreditBytes: 0, serverTimeMs: 0, serverVersion: '' } as const;
    const { connection, clock } = await connect(test, ({ type }) => (type === 'hello' ? welcome : undefined));
    const put = connection.putChunk(CHUNK, piecesOf(2, 1_000));
    const sent = assertRejectsCode(put.sent, 'stalled');
    await passWithPongs(clock, WAIT_MS);
    await Promise.all([sent, assertRejectsCode(put.stored, 'stalled')]);
  });

  it('is not suspected as long as anything goes on, or nothing is owed', async (test) => {
    const { connection, server, clock } = await connect(test);
    await passWithPongs(clock, WAIT_MS);
    assert.equal(connection.isOpen, true);
    const asked = connection.request(STATUS);
    asked.catch(() => undefined);
    const { requestId } = await server.message('status');
    for (let time = 0; time < 3; time++) {
      await passWithPongs(clock, 50_000);
      server.send({ type: 'credit', bytes: 1_000 });
      await settle();
    }
    assert.equal(connection.isOpen, true);
    server.send({ type: 'done' }, requestId);
    assert.deepEqual(await asked, { type: 'done' });
  });
});

describe('a server that plays with time', () => {
  it('can’t have a request asked again without a pause', async (test) => {
    const { link, server, online, pass } = await watchedLink(test, ({ type }) =>
      type === 'status' ? errorMessage('storage-failed', 0) : undefined,
    );
    await online();
    const asked = link.request(STATUS, ['server-status']);
    asked.catch(() => undefined);
    await pass(10_000);
    const times = (await server.connection()).messagesOf('status').length;
    assert.ok(times >= 2 && times < 8, String(times));
  });

  it('can’t have a client wait for weeks, nor so long that timers overflow', async (test) => {
    const { link, server, online, pass } = await watchedLink(test, ({ type }) =>
      type === 'status' ? errorMessage('storage-failed', 0xffff_ffff) : undefined,
    );
    await online();
    const asked = link.request(STATUS, ['server-status']);
    asked.catch(() => undefined);
    const connection = await server.connection();
    await connection.message('status');
    await settle();
    await pass(11 * 60_000, 5_000);
    assert.equal(connection.messagesOf('status').length, 2);
  });

  it('can’t keep a device busy by greeting and leaving', async (test) => {
    const { server, clock, states } = await watchedLink(test);
    const becomes = async (kind: ConnectionState['kind']) =>
      waitFor(kind, () => (states.at(-1)?.kind === kind ? true : undefined));
    for (let second = 0; second < 24; second++) {
      if (states.at(-1)?.kind !== 'offline') {
        await becomes('online');
        server.connections.at(-1)?.drop();
        await becomes('offline');
      }
      await clock.advance(1_000);
    }
    // Five at once, then after 0.5, 1, 2, … seconds; one a second would be 24.
    assert.ok(server.connections.length < 13, String(server.connections.length));
  });
});

describe('a server that names errors', () => {
  /** What the page says that only a client tells. */
  const ofClients = docTable('code', 'action').filter(({ when = '' }) => when.startsWith('in the client:'));

  it('can’t tell what only a client can: it is read as its own defect', () => {
    assert.ok(ofClients.length > 20);
    for (const { code = '' } of ofClients) assert.equal(codeFromServer(code), 'internal', code);
  });

  it('is understood in all else, and in nothing that isn’t in the table', () => {
    const local = new Set(ofClients.map(({ code }) => code));
    for (const code of Object.keys(ERRORS)) if (!local.has(code)) assert.equal(codeFromServer(code), code);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString')), (text) => {
        assert.equal(codeFromServer(text), Object.hasOwn(ERRORS, text) ? codeFromServer(text) : 'internal');
      }),
    );
  });

  it('can’t pass a failure off as a person’s own cancelling: it is asked again', async (test) => {
    let refusals = 1;
    const { link, online, pass } = await watchedLink(test, ({ type }) => {
      if (type !== 'sign-out') return undefined;
      return refusals-- > 0 ? errorMessage('cancelled') : { type: 'done' };
    });
    await online();
    const asked = link.request({ type: 'sign-out' }, ['done']);
    await waitFor('the refusal', () => (refusals === 0 ? true : undefined));
    await settle();
    await pass(1_000);
    assert.deepEqual(await asked, { type: 'done' });
  });

  it('has a device give its session up only by saying that it is over', async (test) => {
    const token = new Uint8Array(32).fill(9);
    for (const [answer, isLost] of [
      [errorMessage('session-expired'), true],
      [errorMessage('name-invalid'), false],
      [errorMessage('locked'), false],
      [errorMessage('no such code'), false],
      [{ type: 'pong' }, false],
    ] as const) {
      const { link, server, lost, online, pass } = await watchedLink(test, ({ type }) =>
        type === 'resume-session' ? answer : undefined,
      );
      await online();
      link.useSession(token);
      (await server.connection()).drop();
      await settle();
      await pass(1_000);
      await (await server.connection(1)).message('resume-session');
      await settle();
      assert.deepEqual([...lost], isLost ? ['session-expired'] : []);
    }
  });
});

describe('garbage from a server', () => {
  it('of any kind ends the connection with a coded reason, or is a message', async (test) => {
    const codes: readonly ErrorCode[] = [
      'malformed',
      'too-large',
      'unknown-kind',
      'version-unsupported',
      'credit-exceeded',
      'internal',
    ];
    const push = encodeServerMessage({ type: 'vault-changed', headSeq: 1 }, 0);
    const anyFrame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(push.length - 1), fc.nat(255)).map(([place, byte]) => push.with(place, byte)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 20 }), async (frames) => {
        const { connection, server } = await connect(test);
        for (const frame of frames) server.sendRaw(frame);
        const reason = await Promise.race([connection.closed, connection.request({ type: 'ping' })]);
        if (!('type' in reason)) assert.ok(hasCode(...codes)(reason));
      }),
      { numRuns: 60 },
    );
  });
});

/** Moves time on while the server answers pings. */
async function passWithPongs(clock: { advance(ms: number): Promise<void> }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 800) {
    await clock.advance(800);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
