/** Sending without a page: what a person set for the network holds there, too. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setMaxListeners } from 'node:events';
import { setImmediate as afterEvents } from 'node:timers/promises';
import { checksum } from '../../server/checksum.ts';
import type { AccountId, ChunkId, DeviceId, JobId, SnapshotId, SourceId, VaultId } from '../../shared/ids.ts';
import { MAX_FRAME_BYTES } from '../../shared/wire/frame.ts';
import { decodeClientMessage, encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { NetworkSettings } from '../../web/bridge/network-api.ts';
import { sendInBackground } from '../../web/worker/outbox/background.ts';
import { appendRecord } from '../../web/worker/outbox/outbox-file.ts';
import type { OpenSocket } from '../../web/worker/ports.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { memoryNetwork, sharedLocks } from './engine-ports.ts';
import { FakeNetwork } from './fake-network.ts';
import { ManualClock } from './manual-clock.ts';
import { memoryOutbox } from './memory-outbox.ts';
import type { MemoryOutbox } from './memory-outbox.ts';

// A job's signal has a listener for each part that waits.
setMaxListeners(0);

const vaultId = '0a'.repeat(16) as VaultId;
const NO_LIMITS: NetworkSettings = { limits: {}, periods: [], pauseOnMetered: false };
const PIECE_BYTES = 50_000;
const MEGABYTE = 1_000_000;
/** Of the event loop, in a step of the clock: more than what is sent in it takes. */
const TURNS = 10;

/** A server in memory that takes everything at once; notes what arrives when. */
class Server {
  readonly arrived: { readonly atMs: number; readonly bytes: number }[] = [];
  connections = 0;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  bytesIn(fromMs: number, ms: number): number {
    const within = this.arrived.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + ms);
    return within.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  readonly openSocket: OpenSocket = (_url, events) => {
    this.connections += 1;
    const assembler = new PartAssembler<ClientMessage>(decodeClientMessage);
    let isOpen = true;
    queueMicrotask(() => {
      events.onOpen();
    });
    return {
      frame: () => new Uint8Array(MAX_FRAME_BYTES),
      send: (frame) => {
        this.arrived.push({ atMs: this.#clock.nowMs(), bytes: frame.length });
        const received = assembler.take(decodeClientMessage(Uint8Array.from(frame)));
        const answer = received && answerTo(received.message);
        if (received === undefined || answer === undefined) return;
        const { buffer } = Uint8Array.from(encodeServerMessage(answer, received.requestId));
        // Not at once: whoever is answered may ask again.
        setImmediate(() => {
          if (isOpen) events.onMessage(buffer);
        });
      },
      close: () => {
        isOpen = false;
      },
    };
  };
}

const ANSWERS: Partial<Record<ClientMessage['type'], ServerMessage>> = {
  hello: { type: 'welcome', uploadCreditBytes: 2 ** 30, serverTimeMs: 0, serverVersion: '1.2.3' },
  'resume-session': {
    type: 'session-resumed',
    accountId: '01'.repeat(16) as AccountId,
    role: 'user',
    vault: { vaultId, keys: [] },
  },
  ping: { type: 'pong' },
  'put-piece': { type: 'chunk-stored', existed: false },
  'commit-snapshot': { type: 'snapshot-accepted', seq: 1, receivedAtMs: 1 },
};

function answerTo(message: ClientMessage): ServerMessage | undefined {
  if (message.type === 'put-piece' && !message.last) return undefined;
  return ANSWERS[message.type];
}

/** A queue of one backup of so many bytes, which this device may send. */
async function queueOf(bytes: number): Promise<MemoryOutbox> {
  const outbox = memoryOutbox();
  const random = seededRandom(bytes);
  const file = await outbox.files.open('file');
  const sealed = random.bytes(PIECE_BYTES);
  const pieces = Array.from({ length: 10 }, () => ({ checksum: checksum(sealed), sealed }));
  for (let chunk = 0; chunk * 10 * PIECE_BYTES < bytes; chunk++) {
    const chunkId = chunk.toString(16).padStart(64, '0') as ChunkId;
    await appendRecord(file, { kind: 'chunk', chunkId, pieces });
  }
  const pagesAt = file.sizeBytes;
  const snapshotId = '0b'.repeat(16) as SnapshotId;
  await appendRecord(file, { kind: 'snapshot', snapshotId, refPages: [], sealed: random.bytes(500) });
  const entry = {
    jobId: '0c'.repeat(16) as JobId,
    vaultId,
    sourceId: '0d'.repeat(16) as SourceId,
    snapshotId,
    madeAtMs: 1,
    state: 'waiting',
    file: 'file',
    sealedBytes: file.sizeBytes,
    chunks: 1,
    pagesAt,
    snapshotAt: pagesAt,
    sentBytes: 0,
    payloadBytes: 0,
  } as const;
  const access = {
    vaultId,
    accountName: 'Ada',
    deviceId: '0e'.repeat(16) as DeviceId,
    serverUrl: 'ws://server/ws',
    token: new Uint8Array(32),
    isLocked: false,
  };
  await outbox.queue.change((record) => ({ ...record, entries: [entry], access: [access] }));
  return outbox;
}

async function background(bytes: number, settings: NetworkSettings, clock = new ManualClock()) {
  const server = new Server(clock);
  const outbox = await queueOf(bytes);
  const network = memoryNetwork();
  await network.save(settings);
  const networkInfo = new FakeNetwork();
  const random = (buffer: Uint8Array<ArrayBuffer>) => buffer;
  const ports = { clock, random, locks: sharedLocks(), openSocket: server.openSocket, outbox, network };
  const send = async (): Promise<void> => sendInBackground({ ...ports, networkInfo });
  return { clock, server, outbox, network, networkInfo, send };
}

/** In small steps, in which everything that is due is done. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 20) {
    await clock.advance(20);
    for (let turn = 0; turn < TURNS; turn++) await afterEvents();
  }
}

function assertAbout(bytes: number, wanted: number, what: string): void {
  assert.ok(Math.abs(bytes - wanted) <= wanted / 10, `${what}: ${bytes} bytes instead of ${wanted}`);
}

describe('sending in the background', () => {
  it('keeps to the limits, and to those of the time of day, within ten per cent over five seconds', async () => {
    // Ten seconds before nine on a Monday.
    const clock = new ManualClock(new Date(2024, 0, 8, 8, 59, 50).getTime());
    const work = { weekdays: [1], fromMinute: 540, toMinute: 1_020 };
    const { server, outbox, network, send } = await background(
      20 * MEGABYTE,
      {
        ...NO_LIMITS,
        limits: { uploadBytesPerSecond: MEGABYTE },
        periods: [{ ...work, limits: { uploadBytesPerSecond: 250_000 } }],
      },
      clock,
    );
    const fromMs = clock.nowMs();
    const sending = send();
    await pass(clock, 20_000);
    for (const startMs of [0, 2_500, 5_000])
      assertAbout(server.bytesIn(fromMs + startMs, 5_000), 5 * MEGABYTE, `from ${startMs} ms on`);
    for (const startMs of [10_000, 12_500, 15_000])
      assertAbout(server.bytesIn(fromMs + startMs, 5_000), 1_250_000, `from ${startMs} ms on`);
    const [entry] = (await outbox.queue.load()).entries;
    assert.ok(entry !== undefined && entry.sentBytes > 0, 'how far it is is noted');
    await network.save(NO_LIMITS);
    await pass(clock, 3_000);
    await sending;
  });

  it('takes up what a page sets meanwhile', async () => {
    const { clock, server, network, send } = await background(4 * MEGABYTE, {
      ...NO_LIMITS,
      limits: { uploadBytesPerSecond: 100_000 },
    });
    const sending = send();
    await pass(clock, 1_000);
    await network.save({ ...NO_LIMITS, limits: { uploadBytesPerSecond: MEGABYTE } });
    const fromMs = clock.nowMs();
    await pass(clock, 2_000);
    assertAbout(server.bytesIn(fromMs, 2_000), 2 * MEGABYTE, 'with the new limit');
    await network.save(NO_LIMITS);
    await pass(clock, 3_000);
    await sending;
  });

  it('does not even connect over a metered network that is to be spared, and rests when it becomes one', async () => {
    const { clock, server, outbox, networkInfo, send } = await background(4 * MEGABYTE, {
      limits: { uploadBytesPerSecond: 500_000 },
      periods: [],
      pauseOnMetered: true,
    });
    networkInfo.become(true);
    await assertRejectsCode(send(), 'metered');
    assert.equal(server.connections, 0);
    networkInfo.become(false);
    const sending = send();
    await pass(clock, 2_000);
    networkInfo.become(true);
    await pass(clock, 500);
    const fromMs = clock.nowMs();
    await pass(clock, 3_000);
    assert.ok(server.bytesIn(fromMs, 3_000) < 1_000, 'no more than signs of life');
    networkInfo.become(false);
    await pass(clock, 8_000);
    await sending;
    assert.equal((await outbox.queue.load()).entries.length, 0);
  });

  it('goes out over a metered network where a person does not mind', async () => {
    const { clock, networkInfo, outbox, send } = await background(MEGABYTE, NO_LIMITS);
    networkInfo.become(true);
    const sending = send();
    await pass(clock, 3_000);
    await sending;
    assert.equal((await outbox.queue.load()).receipts.length, 1);
  });
});
