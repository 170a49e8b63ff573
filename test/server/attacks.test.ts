/** What a broken or hostile client may send: each is answered with a code, and harms nobody else. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import type { ChunkId, RefPageId } from '../../shared/ids.ts';
import {
  MAX_DOWNLOAD_CREDIT_BYTES,
  MAX_OPEN_REQUESTS,
  MAX_PIECES,
  UPLOAD_CREDIT_BYTES,
} from '../../shared/limits.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { encodeClientMessage, encodeServerMessage } from '../../shared/wire/messages.ts';
import { wrapBlobs } from './blob-wrappers.ts';
import { newMember, secondConnection } from './members.ts';
import type { Member } from './members.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, putPieces, randomChunk, randomHex, randomSnapshotId, refPage } from './wire-client.ts';

const file = wholeFile();
let server: TestServer;
let member: Member;

before(async () => {
  server = await startTestServer(file);
  member = await newMember(server);
  // Whatever the tests do: another connection is not disturbed.
  const { client: bystander } = await newMember(server);
  file.after(async () => {
    await bystander.expect('server-status', { type: 'status' });
  });
});

type Page = ReturnType<typeof refPage>;

/** Sends bytes on a connection of its own; gives the error's code, its request id, and the close code. */
async function answerTo(...frames: readonly Uint8Array[]) {
  const client = await secondConnection(server, member);
  for (const frame of frames) client.sendBytes(frame);
  const { message, requestId } = await client.take((frame) => frame.message.type === 'error');
  const closeCode = await client.closed();
  return { code: message.type === 'error' ? message.code : '', requestId, closeCode };
}

const ping = () => Uint8Array.from(encodeClientMessage({ type: 'ping' }, 77));

function changed(frame: Uint8Array, offset: number, ...bytes: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(frame);
  copy.set(bytes, offset);
  return copy;
}

test('a frame cut short, anywhere, is malformed', async () => {
  const [message] = putPieces(randomChunk(100));
  assert.ok(message);
  const frame = encodeClientMessage(message, 5);
  for (const length of [0, 1, 4, 7, 11, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + 20, frame.length - 1]) {
    const { code, requestId, closeCode } = await answerTo(frame.subarray(0, length));
    assert.deepEqual(
      [code, requestId, closeCode],
      ['malformed', length >= 8 ? 5 : 0, 1002],
      `${length} bytes`,
    );
  }
});

test('a frame with bytes behind its end is malformed', async () => {
  const { code, closeCode } = await answerTo(Buffer.concat([ping(), Buffer.alloc(1)]));
  assert.deepEqual([code, closeCode], ['malformed', 1002]);
});

test('a frame whose header tells another length than it has is malformed', async () => {
  const { code } = await answerTo(changed(ping(), 8, 1));
  assert.equal(code, 'malformed');
});

test('a payload beyond the limit is refused as too large', async () => {
  const frame = new Uint8Array(MAX_FRAME_BYTES + 1);
  frame.set(encodeClientMessage({ type: 'ping' }, 9));
  new DataView(frame.buffer).setUint32(8, frame.length - FRAME_HEADER_BYTES, true);
  const { code, requestId, closeCode } = await answerTo(frame);
  assert.deepEqual([code, requestId, closeCode], ['too-large', 9, 1009]);
});

test('a message far beyond the limit is not even received', async () => {
  const client = await secondConnection(server, member);
  client.sendBytes(new Uint8Array(5_000_000));
  assert.ok([1006, 1009].includes(await client.closed()));
});

test('an unknown kind, and a kind that only the server sends, are refused', async () => {
  const { code, requestId, closeCode } = await answerTo(changed(ping(), 1, 0x7f));
  assert.deepEqual([code, requestId, closeCode], ['unknown-kind', 77, 1002]);
  assert.equal((await answerTo(encodeServerMessage({ type: 'pong' }, 1))).code, 'unknown-kind');
});

test('another wire version is refused, and the answer says so', async () => {
  for (const version of [0, 2, 255]) {
    const { code, closeCode } = await answerTo(changed(ping(), 0, version));
    assert.deepEqual([code, closeCode], ['version-unsupported', 1002]);
  }
});

test('reserved bits must be zero', async () => {
  assert.equal((await answerTo(changed(ping(), 2, 1))).code, 'malformed');
});

test('a text message is malformed', async () => {
  const client = await secondConnection(server, member);
  client.socket.send('hello');
  assert.equal((await client.next('error')).code, 'malformed');
  assert.equal(await client.closed(), 1002);
});

test('random bytes are refused, a hundred times', async () => {
  for (let i = 0; i < 100; i++) {
    const client = await WireClient.open(server.port);
    client.sendBytes(randomBytes(1 + i * 3));
    const { code } = await client.next('error');
    assert.ok(['malformed', 'too-large', 'unknown-kind', 'version-unsupported'].includes(code), code);
    await client.closed();
  }
});

test('nothing is answered before hello, and a second hello is refused', async () => {
  const client = await WireClient.open(server.port);
  client.send({ type: 'ping' });
  assert.equal((await client.next('error')).code, 'malformed');
  assert.equal(await client.closed(), 1002);
  const { code } = await answerTo(encodeClientMessage({ type: 'hello', downloadCreditBytes: 1 }, 1));
  assert.equal(code, 'malformed');
});

test('download credit beyond what a client may have open is refused', async () => {
  const client = await WireClient.open(server.port);
  client.send({ type: 'hello', downloadCreditBytes: MAX_DOWNLOAD_CREDIT_BYTES + 1 });
  assert.equal((await client.next('error')).code, 'credit-exceeded');
  assert.equal(await client.closed(), 1008);
});

test('more bytes than were granted end the connection', async (t) => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The disk takes its time, so that nothing is given back meanwhile.
  const slow = await startTestServer(t, {
    wrapBlobs: (blobs) =>
      wrapBlobs(blobs, {
        sync: async () => {
          if (blobs.end.offset > 1_000_000) await held;
          await blobs.sync();
        },
      }),
  });
  const { client } = await newMember(slow);
  const pieces = Array<number>(MAX_PIECES - 1).fill(262_000);
  for (let sentBytes = 0; sentBytes < UPLOAD_CREDIT_BYTES; sentBytes += 262_039 * pieces.length) {
    const requestId = client.nextRequestId();
    for (const message of putPieces(randomChunk(...pieces))) client.send(message, requestId);
  }
  assert.equal((await client.next('error')).code, 'credit-exceeded');
  assert.equal(await client.closed(), 1008);
  release();
  await slow.stop();
});

test('a chunk that doesn’t begin with its first piece is out of order', async () => {
  const [, second] = putPieces(randomChunk(10, 10, 10));
  assert.ok(second);
  const { code, requestId, closeCode } = await answerTo(encodeClientMessage(second, 5));
  assert.deepEqual([code, requestId, closeCode], ['piece-out-of-order', 5, 1002]);
});

test('a piece that is left out, or replayed, is out of order', async () => {
  const frames = putPieces(randomChunk(10, 10, 10)).map((message) =>
    Uint8Array.from(encodeClientMessage(message, 5)),
  );
  const [first, second, third] = frames;
  assert.ok(first && second && third);
  for (const order of [
    [first, third],
    [first, first],
    [first, second, second],
  ]) {
    assert.equal((await answerTo(...order)).code, 'piece-out-of-order');
  }
});

test('a second chunk between the pieces of a first is out of order', async () => {
  const [first] = putPieces(randomChunk(10, 10));
  const [other] = putPieces(randomChunk(10, 10));
  assert.ok(first && other);
  const { code, requestId } = await answerTo(encodeClientMessage(first, 5), encodeClientMessage(other, 6));
  assert.deepEqual([code, requestId], ['piece-out-of-order', 6]);
  assert.equal(
    (await answerTo(encodeClientMessage(first, 5), encodeClientMessage(other, 5))).code,
    'piece-out-of-order',
  );
});

test('a chunk of more pieces than there may be is too large', async () => {
  const pieces = putPieces(randomChunk(...Array<number>(MAX_PIECES + 1).fill(10)));
  const { code } = await answerTo(...pieces.map((message) => encodeClientMessage(message, 5)));
  assert.equal(code, 'too-large');
});

test('a replayed upload is told as known and changes nothing', async () => {
  const client = await secondConnection(server, member);
  const frames = putPieces(randomChunk(1_000, 1_000)).map((message) =>
    Uint8Array.from(encodeClientMessage(message, 5)),
  );
  const existed: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    for (const frame of frames) client.sendBytes(frame);
    const { message } = await client.take(({ requestId }) => requestId === 5);
    existed.push(message.type === 'chunk-stored' && message.existed);
  }
  assert.deepEqual(existed, [false, true]);
  await client.close();
});

for (const [what, change] of [
  ['ids out of order', (page: Page) => ({ ...page, chunkIds: page.chunkIds.toReversed() })],
  ['an id twice', (page: Page) => ({ ...page, chunkIds: [...page.chunkIds, ...page.chunkIds.slice(-1)] })],
  ['another page’s id', (page: Page) => ({ ...page, pageId: randomHex<RefPageId>(32) })],
] as const) {
  test(`a page of references with ${what} is refused`, async () => {
    const client = await secondConnection(server, member);
    const chunks = [randomChunk(10), randomChunk(10)];
    for (const chunk of chunks) await client.putChunk(chunk);
    const page = refPage(chunks.map(({ chunkId }) => chunkId));
    assert.equal(await client.expectError({ type: 'put-refs', ...change(page) }), 'malformed');
    assert.equal(await client.closed(), 1002);
  });
}

test('a snapshot that names pages which nobody has sent is not accepted, nor shown to anyone', async () => {
  const client = await secondConnection(server, member);
  const { headSeq } = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  const refPages = [randomHex<RefPageId>(32), randomHex<RefPageId>(32)];
  const commit = {
    type: 'commit-snapshot',
    snapshotId: randomSnapshotId(),
    sealed: Buffer.alloc(5),
    refPages,
  } as const;
  assert.deepEqual(await client.ask(commit), { type: 'snapshot-missing-pages', refPages });
  const after = await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  assert.equal(after.headSeq, headSeq);
  await client.close();
});

test('more open requests than there may be are refused, and the connection goes on', async () => {
  const client = await secondConnection(server, member, { downloadCreditBytes: 0 });
  const chunk = randomChunk(1_000);
  await client.putChunk(chunk);
  const requestIds = Array.from({ length: MAX_OPEN_REQUESTS + 3 }, () =>
    client.send({ type: 'get-chunk', chunkId: chunk.chunkId }),
  );
  for (const late of requestIds.slice(MAX_OPEN_REQUESTS)) {
    const { message } = await client.take(({ requestId }) => requestId === late);
    assert.equal(message.type === 'error' && message.code, 'too-many-requests');
  }
  await client.expect('pong', { type: 'ping' });
  client.send({ type: 'credit', bytes: 1_000_000 }, 0);
  for (const early of requestIds.slice(0, MAX_OPEN_REQUESTS)) {
    assert.equal((await client.take(({ requestId }) => requestId === early)).message.type, 'piece');
  }
  await client.close();
});

test('a client that asks for large answers and reads none is given few at a time, and all when it reads', async () => {
  const { client, account, token } = await newMember(server);
  const vault = await server.store.openVault(account.vaultId);
  const stored = Array.from({ length: 4_096 }, () =>
    vault
      .beginChunk(randomHex<ChunkId>(32))
      .append({ index: 0, last: true, checksum: 0, sealed: new Uint8Array() }),
  );
  await Promise.all(stored.filter((upload) => upload !== undefined));
  const slow = await secondConnection(server, { token });
  slow.socket.pause();
  const requestIds = Array.from({ length: 40 }, () => slow.send({ type: 'get-changes', afterSeq: 0 }));
  await client.expect('pong', { type: 'ping' });
  slow.socket.resume();
  const answers = await Promise.all(requestIds.map((id) => slow.take(({ requestId }) => requestId === id)));
  const complete = answers.filter(
    ({ message }) => message.type === 'changes' && message.chunkIds.length === 32 * 4_096,
  );
  const refused = answers.filter(
    ({ message }) => message.type === 'error' && message.code === 'too-many-requests',
  );
  assert.ok(
    complete.length >= 8 && complete.length + refused.length === 40,
    `${complete.length} ${refused.length}`,
  );
  await slow.expect('pong', { type: 'ping' });
  await slow.close();
  await client.close();
});

test('garbage in place of sign-in messages is malformed, not a crash', async () => {
  for (const request of ['', 'AAAA', '!!!', 'x'.repeat(2_000)]) {
    const client = await WireClient.connect(server.port);
    const code = await client.expectError({
      type: 'sign-in-start',
      name: 'x',
      credential: 'password',
      request,
    });
    assert.equal(code, 'malformed');
    await client.closed();
  }
});

test('an invented session token is refused', async () => {
  const client = await WireClient.connect(server.port);
  assert.equal(
    await client.expectError({ type: 'resume-session', token: randomBytes(32) }),
    'session-expired',
  );
  assert.equal(
    await client.expectError({ type: 'get-chunk', chunkId: randomHex<ChunkId>(32) }),
    'not-signed-in',
  );
  await client.close();
});
