/**
 * Ten thousand mutations of a recorded session. The server lives on, another connection goes on as
 * before; a stranger changes not a byte on disk, and an account nothing beyond its own vault, in which
 * nothing is half done.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { hashToken } from '../../server/auth/tokens.ts';
import type { DataFolder } from '../../server/data-folder.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { newMember } from './members.ts';
import type { Member } from './members.ts';
import { replaceCredential, signIn } from './test-account.ts';
import { startTestServer, testRandom } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, randomChunk, randomSnapshotId, refPage } from './wire-client.ts';

/** Of each of the two attackers. */
const MUTATIONS = 5_000;
const FRAMES_A_RUN = 25;
/** Attackers at work at the same time. */
const LANES = 4;

type Mutation = (recording: readonly Uint8Array[]) => Uint8Array;

function frameAt(recording: readonly Uint8Array[], place: number): Uint8Array {
  return Uint8Array.from(recording[place % recording.length] ?? []);
}

/** Makes the header tell the length that the frame has, so that a mutation reaches the fields. */
function withTrueLength(frame: Uint8Array): Uint8Array {
  if (frame.length >= 12) new DataView(frame.buffer, frame.byteOffset).setUint32(8, frame.length - 12, true);
  return frame;
}

const place = fc.nat({ max: 1_000_000 });
const flips: fc.Arbitrary<Mutation> = fc
  .tuple(place, fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 }))
  .map(([which, changes]) => (recording) => {
    const frame = frameAt(recording, which);
    for (const [offset, mask] of changes)
      frame[offset % frame.length] = (frame[offset % frame.length] ?? 0) ^ mask;
    return frame;
  });
/** Most fields that decide anything stand at the start. */
const earlyBytes: fc.Arbitrary<Mutation> = fc
  .tuple(place, fc.nat({ max: 60 }), fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([which, offset, bytes, trueLength]) => (recording) => {
    const frame = frameAt(recording, which);
    frame.set(bytes.subarray(0, Math.max(0, frame.length - offset)), Math.min(offset, frame.length));
    return trueLength ? withTrueLength(frame) : frame;
  });
const cuts: fc.Arbitrary<Mutation> = fc
  .tuple(place, place, fc.boolean())
  .map(([which, length, trueLength]) => (recording) => {
    const frame = frameAt(recording, which);
    const cut = frame.slice(0, length % (frame.length + 1));
    return trueLength ? withTrueLength(cut) : cut;
  });
const extensions: fc.Arbitrary<Mutation> = fc
  .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean())
  .map(([which, more, trueLength]) => (recording) => {
    const longer = Uint8Array.from([...frameAt(recording, which), ...more]);
    return trueLength ? withTrueLength(longer) : longer;
  });
/** One message's kind with another's fields. */
const crossings: fc.Arbitrary<Mutation> = fc.tuple(place, place).map(([which, other]) => (recording) => {
  const frame = frameAt(recording, which);
  frame[1] = frameAt(recording, other)[1] ?? 0;
  return frame;
});
const replays: fc.Arbitrary<Mutation> = place.map((which) => (recording) => frameAt(recording, which));
const noise: fc.Arbitrary<Mutation> = fc.uint8Array({ maxLength: 300 }).map((bytes) => () => bytes);
const anyMutation = fc.oneof(flips, earlyBytes, cuts, extensions, crossings, replays, noise);

/** What a client sends in a session that uses every message, frame by frame. */
async function record(server: TestServer): Promise<Uint8Array[]> {
  const recording: Uint8Array[] = [];
  const { client, account } = await newMember(server, {
    onSend: (frame) => {
      recording.push(Uint8Array.from(frame));
    },
  });
  const chunks = [randomChunk(1_500, 1_000), randomChunk(300), randomChunk(0), randomChunk(20_000)];
  for (const chunk of chunks) await client.putChunk(chunk);
  const page = refPage(chunks.map(({ chunkId }) => chunkId));
  await client.expect('done', { type: 'put-refs', ...page });
  const commit = { snapshotId: randomSnapshotId(), sealed: Buffer.from('sealed'), refPages: [page.pageId] };
  await client.expect('snapshot-accepted', { type: 'commit-snapshot', ...commit });
  await client.expect('changes', { type: 'get-changes', afterSeq: 0 });
  for (const { chunkId } of chunks) await client.getChunk(chunkId);
  await client.expectError({ type: 'create-invite' });
  await client.expect('upload-session', { type: 'create-upload-session' });
  await replaceCredential(client, 'password', 'a new password');
  const { token } = await signIn(client, { name: account.name, secret: 'a new password' });
  await client.expect('session-resumed', { type: 'resume-session', token });
  await client.expect('server-status', { type: 'status' });
  await client.expect('done', { type: 'sign-out' });
  await client.close();
  return recording;
}

/** Keeps a connection for one attacker, and another one whenever the server has closed it. */
class Lane {
  #client: WireClient | undefined;
  readonly #connect: () => Promise<WireClient>;
  closed = 0;

  constructor(connect: () => Promise<WireClient>) {
    this.#connect = connect;
  }

  /** Sends a frame and waits until the server has dealt with it: it answers what comes behind, or closes. */
  async send(frame: Uint8Array): Promise<void> {
    if (this.#client?.closeCode !== undefined) {
      this.closed++;
      this.#client = undefined;
    }
    this.#client ??= await this.#connect();
    const client = this.#client;
    client.sendBytes(frame);
    const requestId = client.send({ type: 'ping' }, 0xfffffff0);
    const pong = client.take((answer) => answer.requestId === requestId && answer.message.type === 'pong');
    await Promise.race([pong.catch(() => undefined), client.closed()]);
    client.inbox.length = 0;
  }

  async end(): Promise<void> {
    await this.#client?.close();
  }
}

/** Sends `MUTATIONS` mutated frames, over several connections at once. */
async function attack(recording: readonly Uint8Array[], connect: () => Promise<WireClient>): Promise<void> {
  const lanes = Array.from({ length: LANES }, () => new Lane(connect));
  let sent = 0;
  const property = fc.asyncProperty(
    fc.array(anyMutation, { minLength: FRAMES_A_RUN, maxLength: FRAMES_A_RUN }),
    async (mutations) => {
      const works = lanes.map(async (lane, number) => {
        const own = mutations.filter((_, index) => index % LANES === number);
        for (const mutation of own) await lane.send(mutation(recording));
      });
      await Promise.all(works);
      sent += mutations.length;
    },
  );
  await fc.assert(property, { numRuns: MUTATIONS / FRAMES_A_RUN, endOnFailure: true });
  assert.equal(sent, MUTATIONS);
  assert.ok(
    lanes.every(({ closed }) => closed > 10),
    'many of them broke the protocol',
  );
  for (const lane of lanes) await lane.end();
}

interface Victim extends Member {
  readonly chunk: ReturnType<typeof randomChunk>;
}

async function makeVictim(server: TestServer): Promise<Victim> {
  const member = await newMember(server);
  const chunk = randomChunk(5_000, 5_000);
  await member.client.putChunk(chunk);
  await member.client.ask({
    type: 'commit-snapshot',
    snapshotId: randomSnapshotId(),
    sealed: Buffer.alloc(9),
    refPages: [],
  });
  return { ...member, chunk };
}

/** Reads all the time; resolves, when told to end, with how often it read. */
function readOn({ client, chunk }: Victim): { readonly end: () => Promise<number> } {
  const state = { ended: false, reads: 0 };
  const work = (async () => {
    for (; !state.ended; state.reads++) {
      assert.deepEqual(Buffer.concat(await client.getChunk(chunk.chunkId)), Buffer.concat(chunk.pieces));
    }
  })();
  return {
    end: async () => {
      state.ended = true;
      await work;
      return state.reads;
    },
  };
}

function digestOfSegments({ segments }: DataFolder): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(segments).sort())
    hash.update(name).update(readFileSync(join(segments, name)));
  return hash.digest('hex');
}

function sessionsAndInvites({ index }: DataFolder): unknown[] {
  const database = new Database(index, { readonly: true });
  const rows = [
    'SELECT hex(token_hash) AS id FROM sessions ORDER BY 1',
    'SELECT hex(token_hash) AS id FROM invites ORDER BY 1',
  ].map((query) => database.prepare(query).all());
  database.close();
  return rows;
}

test('a stranger’s mutations of a session change nothing on disk or in the index', async (t) => {
  const server = await startTestServer(t, { config: { signInAttemptsPerAddress: 1_000_000 } });
  const victim = await makeVictim(server);
  const recording = await record(server);
  const state = () => [
    digestOfSegments(server.folder),
    dumpIndex(server.folder.index),
    sessionsAndInvites(server.folder),
  ];
  const before = state();
  const reader = readOn(victim);
  await attack(recording, () => WireClient.connect(server.port));
  assert.ok((await reader.end()) > 100);
  assert.deepEqual(state(), before);
  assert.deepEqual(victim.client.inbox, []);
});

test('an account’s mutations of a session stay within its own vault, and leave nothing half done', async (t) => {
  const server = await startTestServer(t, { config: { signInAttemptsPerAddress: 1_000_000 } });
  const victim = await makeVictim(server);
  const recording = await record(server);
  const attacker = await newMember(server);
  const { accountId, vaultId } = attacker.account;
  const othersRows = () =>
    JSON.stringify({ ...dumpIndex(server.folder.index), segments: [] }, (_key, value: unknown) =>
      withoutOwner(value, vaultId),
    );
  const before = othersRows();
  const reader = readOn(victim);
  // A session of its own each time: mutations may sign out.
  const connect = async () => {
    const token = testRandom(32);
    const nowMs = server.clock.nowMs();
    await server.store.sessions.add({
      tokenHash: hashToken(token),
      accountId,
      deviceId: '00'.repeat(16),
      scope: 'full',
      createdAtMs: nowMs,
      lastUsedMs: nowMs,
    });
    const client = await WireClient.connect(server.port);
    await client.expect('session-resumed', { type: 'resume-session', token });
    return client;
  };
  // Before a session is taken up another attacker may change the password, which ends all others.
  await attack(recording, () => connect().catch(connect));
  assert.ok((await reader.end()) > 100);
  assert.equal(othersRows(), before);
  assert.deepEqual(victim.client.inbox, []);
  await server.stop();
  assert.deepEqual((await dumpOfRebuild(server.folder.segments)).dump, dumpIndex(server.folder.index));
});

/** Rows of a table but those of one vault. */
function withoutOwner(value: unknown, vaultId: string): unknown {
  if (!Array.isArray(value)) return value;
  return value.filter((row: unknown) => !JSON.stringify(row).toLowerCase().includes(vaultId));
}
