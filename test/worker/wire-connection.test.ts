import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { fromHex } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { WireConnection } from '../../web/worker/connection/wire-connection.ts';
import { assertRejectsCode, hasCode } from '../helpers/coded-errors.ts';
import { freePort } from '../helpers/free-port.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { waitFor } from '../helpers/wait.ts';
import { openSocket } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import { startScriptedServer } from './scripted-server.ts';
import { CHUNK, connect, piecesOf } from './wire-pair.ts';

describe('opening a connection', () => {
  it('greets first, and tells what it is ready to receive', async (test) => {
    const { server } = await connect(test);
    const [first] = server.received;
    assert.deepEqual(first?.message, { type: 'hello', downloadCreditBytes: 32_768 });
  });

  it('tells the server’s version', async (test) => {
    const { url } = await startScriptedServer(test);
    const ports = { openSocket, clock: new ManualClock(), checksum };
    const { connection, welcome } = await WireConnection.open(url, ports);
    assert.equal(welcome.serverVersion, '1.2.3');
    connection.close(new HoldfastError('cancelled'));
  });

  it('fails where nobody listens', async () => {
    const url = `ws://127.0.0.1:${await freePort()}/ws`;
    const ports = { openSocket, clock: new ManualClock(), checksum };
    await assertRejectsCode(WireConnection.open(url, ports), 'offline');
  });

  it('is given up, socket and all, when the server is silent or says something else', async (test) => {
    const answers: readonly [ServerMessage | 'silence', ErrorCode][] = [
      ['silence', 'offline'],
      [
        { type: 'error', code: 'version-unsupported', detail: '', retryAfterMs: undefined },
        'version-unsupported',
      ],
      [{ type: 'error', code: 'shutting-down', detail: '', retryAfterMs: undefined }, 'shutting-down'],
      [{ type: 'pong' }, 'malformed'],
    ];
    for (const [answer, code] of answers) {
      const listening = await startScriptedServer(test, () => answer);
      const clock = new ManualClock();
      const opening = WireConnection.open(listening.url, { openSocket, clock, checksum });
      const refused = assertRejectsCode(opening, code);
      const server = await listening.connection();
      await server.message('hello');
      await clock.advance(10_000);
      await refused;
      await server.whenClosed();
    }
  });
});

describe('requests', () => {
  it('get their own answers, in whatever order they come', async (test) => {
    const { connection, server } = await connect(test);
    const asked = [
      connection.request({ type: 'status' }),
      connection.request({ type: 'get-changes', afterSeq: 5 }),
    ];
    const [status, changes] = await Promise.all([server.message('status'), server.message('get-changes')]);
    server.send({ type: 'vault-changed', headSeq: 2 }, changes.requestId);
    server.send({ type: 'vault-changed', headSeq: 1 }, status.requestId);
    assert.deepEqual(await Promise.all(asked), [
      { type: 'vault-changed', headSeq: 1 },
      { type: 'vault-changed', headSeq: 2 },
    ]);
  });

  it('fail with the server’s code, detail and time to wait', async (test) => {
    const { connection } = await connect(test, (message) =>
      message.type === 'status'
        ? { type: 'error', code: 'storage-full', detail: 'disk', retryAfterMs: 700 }
        : undefined,
    );
    await assert.rejects(connection.request({ type: 'status' }), {
      code: 'storage-full',
      detail: 'disk',
      retryAfterMs: 700,
    });
    assert.equal(connection.isOpen, true);
  });

  it('fail as internal with a code that isn’t in the table', async (test) => {
    const { connection } = await connect(test, (message) =>
      message.type === 'status'
        ? { type: 'error', code: 'constructor', detail: '', retryAfterMs: undefined }
        : undefined,
    );
    await assertRejectsCode(connection.request({ type: 'status' }), 'internal');
  });

  it('all fail when the connection is lost, and later ones at once', async (test) => {
    const { connection, server } = await connect(test);
    const asked = [connection.request({ type: 'status' }), connection.getChunk(CHUNK)];
    await server.message('get-chunk');
    server.drop();
    for (const each of asked) await assertRejectsCode(each, 'offline');
    await assertRejectsCode(connection.request({ type: 'status' }), 'offline');
    await assertRejectsCode(connection.getChunk(CHUNK), 'offline');
    await assertRejectsCode(connection.putChunk(CHUNK, piecesOf(1)).sent, 'offline');
    assert.ok(hasCode('offline')(await connection.closed));
  });

  it('hear nothing of answers that come again', async (test) => {
    const { connection, server } = await connect(test);
    const pushed: ServerMessage[] = [];
    connection.onPush = (message) => pushed.push(message);
    const asked = connection.request({ type: 'status' });
    const { requestId } = await server.message('status');
    server.send({ type: 'done' }, requestId);
    await asked;
    server.send({ type: 'done' }, requestId);
    server.send({ type: 'vault-changed', headSeq: 9 }, 0);
    await waitFor('the push', () => pushed[0]);
    assert.deepEqual(pushed, [{ type: 'vault-changed', headSeq: 9 }]);
    assert.equal(connection.isOpen, true);
  });
});

describe('a server that talks nonsense', () => {
  const frame = encodeServerMessage({ type: 'vault-changed', headSeq: 1 }, 0);
  const nonsense: readonly [string, Uint8Array | string, ErrorCode][] = [
    ['text', 'hello', 'malformed'],
    ['nothing', new Uint8Array(0), 'malformed'],
    ['random bytes', new Uint8Array([1, ...seededRandom(1).bytes(50)]), 'malformed'],
    ['another version', new Uint8Array([2, ...frame.subarray(1)]), 'version-unsupported'],
    ['an unknown kind', fromHex('01' + 'ff' + '0000' + '00000000' + '00000000'), 'unknown-kind'],
    ['a message of the client’s', fromHex('01' + '02' + '0000' + '00000000' + '00000000'), 'unknown-kind'],
    ['a frame cut short', frame.subarray(0, -1), 'malformed'],
    ['a frame with more behind it', new Uint8Array([...frame, 0]), 'malformed'],
    ['a frame that claims to be huge', fromHex('01' + 'a1' + '0000' + '00000000' + 'ffffffff'), 'too-large'],
  ];
  for (const [what, data, code] of nonsense) {
    it(`is left, and everything that waits fails with the reason: ${what}`, async (test) => {
      const { connection, server } = await connect(test);
      const asked = assertRejectsCode(connection.request({ type: 'status' }), code);
      const put = connection.putChunk(CHUNK, piecesOf(20));
      const sent = assertRejectsCode(put.sent, code);
      await server.message('put-piece', 5);
      server.sendRaw(data);
      await Promise.all([asked, sent, assertRejectsCode(put.stored, code)]);
      assert.ok(hasCode(code)(await connection.closed));
      await server.whenClosed();
    });
  }

  it('is left when it reports an error that concerns the whole connection', async (test) => {
    const { connection, server } = await connect(test);
    server.send({ type: 'error', code: 'session-expired', detail: '', retryAfterMs: undefined }, 0);
    assert.ok(hasCode('session-expired')(await connection.closed));
  });

  it('fails the one request that it answers with something else', async (test) => {
    const { connection, server } = await connect(test, (message) =>
      message.type === 'get-chunk' || message.type === 'put-piece' ? { type: 'pong' } : undefined,
    );
    await assertRejectsCode(connection.getChunk(CHUNK), 'malformed');
    await assertRejectsCode(connection.putChunk(CHUNK, piecesOf(1)).stored, 'malformed');
    assert.equal(connection.isOpen, true);
    assert.equal(server.closed, false);
  });
});
