/** Messages in parts: what clients on slow connections send and get. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { before, test } from 'node:test';
import type { ChunkId } from '../../shared/ids.ts';
import { MAX_PIECES } from '../../shared/limits.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { decodeServerMessage, encodeClientMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { Part } from '../../shared/wire/parts.ts';
import { newMember, secondConnection } from './members.ts';
import type { Member } from './members.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, putPieces, randomChunk, randomHex, refPage } from './wire-client.ts';
import type { TestChunk } from './wire-client.ts';

const file = wholeFile();
let server: TestServer;
let member: Member;

before(async () => {
  server = await startTestServer(file);
  member = await newMember(server);
});

function cut(message: ClientMessage, requestId: number, partBytes: number): Part[] {
  const frame = encodeClientMessage(message, requestId).slice();
  const parts: Part[] = [];
  for (let offset = 0; offset < frame.length; offset += partBytes) {
    parts.push({ totalBytes: frame.length, offset, bytes: frame.subarray(offset, offset + partBytes) });
  }
  return parts;
}

function sendInParts(client: WireClient, message: ClientMessage, requestId: number, partBytes = 8_000): void {
  for (const part of cut(message, requestId, partBytes)) client.send({ type: 'part', ...part }, requestId);
}

async function putInParts(client: WireClient, chunk: TestChunk, partBytes?: number): Promise<ServerMessage> {
  const requestId = client.nextRequestId();
  for (const piece of putPieces(chunk)) sendInParts(client, piece, requestId, partBytes);
  return (await client.take((frame) => frame.requestId === requestId)).message;
}

/** A chunk as it comes in parts, for which credit is granted as they come; the largest part. */
async function getInParts(client: WireClient, chunkId: ChunkId) {
  const requestId = client.send({ type: 'get-chunk', chunkId });
  const assembler = new PartAssembler<ServerMessage>(decodeServerMessage);
  const pieces: Uint8Array[] = [];
  let largestBytes = 0;
  for (;;) {
    const frame = await client.take((each) => each.requestId === requestId);
    assert.equal(frame.message.type, 'part');
    largestBytes = Math.max(largestBytes, frame.payloadBytes);
    client.send({ type: 'credit', bytes: frame.payloadBytes }, 0);
    const whole = assembler.take(frame);
    if (whole?.message.type !== 'piece') continue;
    pieces.push(whole.message.sealed);
    if (whole.message.last) return { pieces, largestBytes };
  }
}

test('a chunk whose pieces come in parts, however small, is stored as any other', async () => {
  const client = await secondConnection(server, member);
  for (const partBytes of [100, 5_000, MAX_FRAME_BYTES]) {
    const chunk = randomChunk(20_000, 20_000, 10);
    assert.deepEqual(await putInParts(client, chunk, partBytes), { type: 'chunk-stored', existed: false });
    const read = await client.getChunk(chunk.chunkId);
    assert.deepEqual(
      read.map((piece) => Buffer.from(piece)),
      chunk.pieces,
    );
  }
  await client.close();
});

test('requests between the parts of a piece are answered, and large requests come in parts, too', async () => {
  const client = await secondConnection(server, member);
  const [piece] = putPieces(randomChunk(50_000));
  assert.ok(piece);
  const requestId = client.nextRequestId();
  for (const part of cut(piece, requestId, 9_000)) {
    client.send({ type: 'part', ...part }, requestId);
    await client.expect('pong', { type: 'ping' });
  }
  assert.equal((await client.take((frame) => frame.requestId === requestId)).message.type, 'chunk-stored');
  const refs = client.nextRequestId();
  sendInParts(client, { type: 'put-refs', ...refPage([piece.chunkId]) }, refs, 20);
  assert.equal((await client.take((frame) => frame.requestId === refs)).message.type, 'done');
  await client.close();
});

test('a piece that its sender leaves half-way does no harm', async () => {
  const client = await secondConnection(server, member);
  const [piece] = putPieces(randomChunk(50_000));
  assert.ok(piece);
  const [first] = cut(piece, 900, 9_000);
  assert.ok(first);
  client.send({ type: 'part', ...first }, 900);
  const chunk = randomChunk(30_000, 30_000);
  assert.deepEqual(await putInParts(client, chunk), { type: 'chunk-stored', existed: false });
  await client.close();
});

const [DUE, NEXT] = cut({ type: 'get-chunk', chunkId: 'ab'.repeat(32) as ChunkId }, 5, 20) as [Part, Part];
for (const [what, parts, code, closeCode] of [
  ['that overlap', [DUE, { ...NEXT, offset: NEXT.offset - 1 }], 'malformed', 1002],
  ['with one missing', [NEXT], 'malformed', 1002],
  ['that hold more than they said', [DUE, { ...NEXT, bytes: new Uint8Array(100) }], 'malformed', 1002],
  ['of more than a frame', [{ ...DUE, totalBytes: MAX_FRAME_BYTES + 1 }], 'too-large', 1009],
] as const) {
  test(`parts ${what} end their connection`, async () => {
    const client = await secondConnection(server, member);
    for (const part of parts) client.send({ type: 'part', ...part }, 5);
    const { message, requestId } = await client.take((frame) => frame.message.type === 'error');
    assert.deepEqual([message.type === 'error' && message.code, requestId], [code, 5]);
    assert.equal(await client.closed(), closeCode);
  });
}

test('parts are let in no earlier than what they make up: not before hello, and not without a session', async () => {
  const stranger = await WireClient.open(server.port);
  stranger.send({ type: 'part', ...DUE });
  assert.equal((await stranger.next('error')).code, 'malformed');
  const unknown = await WireClient.connect(server.port);
  assert.equal(await unknown.expectError({ type: 'part', ...DUE }), 'not-signed-in');
  await unknown.close();
});

test('a client that asks for small parts gets each piece in parts of that size, and the same bytes', async () => {
  const client = await secondConnection(server, member, { downloadCreditBytes: 32_768 });
  client.send({ type: 'part-size', bytes: 8_192 }, 0);
  const chunk = randomChunk(250_000, 250_000, 9_000);
  await client.putChunk(chunk);
  const { pieces, largestBytes } = await getInParts(client, chunk.chunkId);
  assert.equal(largestBytes, 8_200);
  assert.deepEqual(
    pieces.map((piece) => Buffer.from(piece)),
    chunk.pieces,
  );
  await client.close();
});

test('parts keep to the credit that the client has granted, as pieces do', async () => {
  const client = await secondConnection(server, member, { downloadCreditBytes: 20_000 });
  client.send({ type: 'part-size', bytes: 4_096 }, 0);
  const chunk = randomChunk(100_000);
  await client.putChunk(chunk);
  client.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  await sleep(150);
  const sent = client.inbox.filter(({ message }) => message.type === 'part');
  assert.equal(sent.length, 4);
  client.send({ type: 'credit', bytes: 4_104 }, 0);
  await sleep(100);
  assert.equal(client.inbox.filter(({ message }) => message.type === 'part').length, 5);
  await client.close();
});

test('a client that becomes faster gets whole pieces again, and one that becomes slower parts at once', async () => {
  const client = await secondConnection(server, member, { downloadCreditBytes: 40_000 });
  const chunk = randomChunk(...Array<number>(MAX_PIECES).fill(100_000));
  await client.putChunk(chunk);
  const requestId = client.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  await sleep(100);
  const answers = client.inbox.filter((frame) => frame.requestId === requestId);
  assert.equal(answers.length, 0, 'a whole piece waits for credit');
  client.send({ type: 'part-size', bytes: 16_384 }, 0);
  await client.take((frame) => frame.requestId === requestId && frame.message.type === 'part');
  client.send({ type: 'part-size', bytes: 262_144 }, 0);
  client.send({ type: 'credit', bytes: 2_000_000 }, 0);
  const { message } = await client.take((frame) => frame.message.type === 'piece');
  assert.equal(message.type === 'piece' && message.index, 1);
  await client.close();
});

test('large answers come in parts, each message by itself, however many were asked for', async () => {
  const { client } = await newMember(server);
  const wanted = Array.from({ length: 3_000 }, () => randomHex<ChunkId>(32));
  client.send({ type: 'part-size', bytes: 10_000 }, 0);
  const asked = [1, 2, 3].map(() => client.send({ type: 'put-refs', ...refPage(wanted) }));
  const assembler = new PartAssembler<ServerMessage>(decodeServerMessage);
  const answered: number[] = [];
  while (answered.length < asked.length) {
    const whole = assembler.take(await client.take(({ message }) => message.type === 'part'));
    if (whole === undefined) continue;
    assert.equal(whole.message.type === 'refs-missing' && whole.message.chunkIds.length, wanted.length);
    answered.push(whole.requestId);
  }
  assert.deepEqual(answered, asked);
  await client.close();
});

test('a part size out of bounds is refused', async () => {
  for (const bytes of [0, 1_023, 262_145]) {
    const client = await secondConnection(server, member);
    assert.equal(await client.expectError({ type: 'part-size', bytes }), 'malformed');
    assert.equal(await client.closed(), 1002);
  }
});

test('a client that leaves while it is sent parts leaves nothing behind that waits', async (t) => {
  const own = await startTestServer(t);
  const { client } = await newMember(own, { downloadCreditBytes: 10_000 });
  const chunk = randomChunk(200_000);
  await client.putChunk(chunk);
  client.send({ type: 'part-size', bytes: 4_096 }, 0);
  client.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  client.send({ type: 'put-refs', ...refPage(Array.from({ length: 3_000 }, () => randomHex<ChunkId>(32))) });
  await client.next('part');
  await client.close();
  own.clock.after = () => () => undefined; // nothing that waits is cut off
  await own.stop();
});
