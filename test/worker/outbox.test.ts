import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import type { ConnectionState } from '../../web/bridge/engine-api.ts';
import { Outbox } from '../../web/worker/backup/outbox.ts';
import { ServerLink } from '../../web/worker/connection/server-link.ts';
import { Gate } from '../../web/worker/jobs/gate.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { waitFor } from '../helpers/wait.ts';
import { openSocket } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { Script, ScriptedServer } from './scripted-server.ts';

const MIB = 1024 * 1024;
const PIECE_BYTES = 250_000;
const WELCOME = {
  type: 'welcome',
  uploadCreditBytes: 64 * MIB,
  serverTimeMs: 0,
  serverVersion: '1.2.3',
} as const;
const STORED = { type: 'chunk-stored', existed: false } as const;

type OnStored = (chunkId: ChunkId) => void;

interface Sending {
  readonly server: ScriptedServer;
  readonly outbox: Outbox;
  readonly clock: ManualClock;
  readonly gate: Gate;
  readonly cancelling: AbortController;
  readonly states: readonly string[];
  readonly stored: ChunkId[];
  readonly sentBytes: () => number;
}

async function startOutbox(test: TestContext, script: Script, onStored?: OnStored): Promise<Sending> {
  const server = await startScriptedServer(
    test,
    (message, requestId) => script(message, requestId) ?? (message.type === 'hello' ? WELCOME : undefined),
  );
  const clock = new ManualClock();
  const states: string[] = [];
  const events = {
    onState: ({ kind }: ConnectionState) => states.push(kind),
    onPush: () => undefined,
    onSessionLost: () => undefined,
  };
  const ports = { openSocket, checksum, clock, random: (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(0xff) };
  const link = new ServerLink(server.url, ports, events);
  const running = link.run();
  test.after(async () => {
    link.stop();
    await running;
  });
  const [gate, cancelling, stored] = [new Gate(), new AbortController(), [] as ChunkId[]];
  let sentBytes = 0;
  const outbox = new Outbox(link, checksum, gate, cancelling.signal, {
    onSent: (bytes) => (sentBytes += bytes),
    onStored: onStored ?? ((chunkId) => stored.push(chunkId)),
  });
  return { server, outbox, clock, gate, cancelling, states, stored, sentBytes: () => sentBytes };
}

function chunkId(n: number): ChunkId {
  return n.toString(16).padStart(64, '0') as ChunkId;
}

/** As many sealed chunks as fit in the outbox. */
const FITTING_CHUNKS = 12;

/** A sealed chunk of four pieces, a million bytes in all. */
function sealedChunk(n: number): Uint8Array<ArrayBuffer>[] {
  return [0, 1, 2, 3].map((piece) => seededRandom(4 * n + piece).bytes(PIECE_BYTES));
}

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return done;
}

describe('the outbox', () => {
  it('sends chunks whole, and takes them as stored only when the server says so', async (test) => {
    const { server, outbox, stored, sentBytes } = await startOutbox(test, () => undefined);
    await outbox.add(chunkId(1), sealedChunk(1));
    const connection = await server.connection();
    const { requestId } = await connection.message('put-piece', 3);
    const sealed = sealedChunk(1);
    assert.deepEqual(
      connection.messagesOf('put-piece'),
      sealed.map((piece, index) => ({
        type: 'put-piece',
        chunkId: chunkId(1),
        index,
        last: index === 3,
        checksum: checksum(piece),
        sealed: piece,
      })),
    );
    const drained = outbox.drained();
    assert.deepEqual([await isDone(drained), stored], [false, []]);
    connection.send(STORED, requestId);
    await drained;
    assert.deepEqual(stored, [chunkId(1)]);
    assert.equal(sentBytes(), 4 * (PIECE_BYTES + 39));
  });

  it('gives up where what is stored can’t be noted: nobody waits for its room in vain', async (test) => {
    const answer: Script = (message) => (message.type === 'put-piece' && message.last ? STORED : undefined);
    const { outbox } = await startOutbox(test, answer, () => {
      throw new HoldfastError('device-full');
    });
    await outbox.add(chunkId(1), sealedChunk(1));
    await assertRejectsCode(outbox.drained(), 'device-full');
    await assertRejectsCode(outbox.add(chunkId(2), sealedChunk(2)), 'device-full');
  });

  it('holds a fixed amount: the next chunk waits until one is stored', async (test) => {
    const { server, outbox } = await startOutbox(test, () => undefined);
    for (let n = 0; n < FITTING_CHUNKS; n++) await outbox.add(chunkId(n), sealedChunk(n));
    const next = outbox.add(chunkId(FITTING_CHUNKS), sealedChunk(FITTING_CHUNKS));
    const connection = await server.connection();
    const { requestId } = await connection.message('put-piece', 3);
    assert.equal(await isDone(next), false);
    connection.send(STORED, requestId);
    await next;
  });

  it('sends again over the next connection what had no answer, and nothing else', async (test) => {
    const script = { answers: true };
    const { server, outbox, clock, states, stored } = await startOutbox(test, (message) =>
      script.answers && message.type === 'put-piece' && message.last ? STORED : undefined,
    );
    await outbox.add(chunkId(1), sealedChunk(1));
    await waitFor('the first chunk', () => stored[0]);
    script.answers = false;
    await outbox.add(chunkId(2), sealedChunk(2));
    const first = await server.connection();
    await first.message('put-piece', 7);
    script.answers = true;
    first.drop();
    await waitFor('the loss', () => (states.includes('offline') ? true : undefined));
    await clock.advance(250);
    await outbox.drained();
    assert.deepEqual(stored, [chunkId(1), chunkId(2)]);
    const again = (await server.connection(1))
      .messagesOf('put-piece')
      .map(({ chunkId: id, index }) => [id, index]);
    assert.deepEqual(
      again,
      [0, 1, 2, 3].map((index) => [chunkId(2), index]),
    );
  });

  it('waits while the server’s disk is full, then goes on by itself', async (test) => {
    const script = { isFull: true };
    const full = { type: 'error', code: 'storage-full', detail: '', retryAfterMs: 5_000 } as const;
    const { outbox, clock, stored } = await startOutbox(test, (message) => {
      if (message.type !== 'put-piece' || !message.last) return undefined;
      return script.isFull ? full : STORED;
    });
    await outbox.add(chunkId(1), sealedChunk(1));
    await outbox.add(chunkId(2), sealedChunk(2));
    const drained = outbox.drained();
    await waitFor('both pauses', () => (clock.sleeping > 2 ? true : undefined));
    script.isFull = false;
    for (let waitedMs = 0; waitedMs < 11_000; waitedMs += 500) {
      await clock.advance(500);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await drained;
    assert.deepEqual(new Set(stored), new Set([chunkId(1), chunkId(2)]));
  });

  it('sends a chunk that was damaged on the way again, and gives up when it is damaged every time', async (test) => {
    let damages = 1;
    const damaged = { type: 'error', code: 'checksum-mismatch', detail: '', retryAfterMs: 0 } as const;
    const { outbox, clock, stored } = await startOutbox(test, (message) => {
      if (message.type !== 'put-piece' || !message.last) return undefined;
      return damages-- > 0 ? damaged : STORED;
    });
    const go = async (done: () => true | undefined): Promise<void> => {
      await waitFor('the end', async () => {
        await clock.advance(100);
        return done();
      });
    };
    await outbox.add(chunkId(1), sealedChunk(1));
    await go(() => (stored.length === 1 ? true : undefined));
    damages = 100;
    await outbox.add(chunkId(2), sealedChunk(2));
    let failure: unknown;
    outbox.drained().catch((error: unknown) => (failure = error));
    await go(() => (failure === undefined ? undefined : true));
    assert.ok(failure instanceof HoldfastError);
    assert.equal(failure.code, 'internal');
    assert.equal(damages, 97);
  });

  it('sends nothing while the job is paused', async (test) => {
    const { server, outbox, gate } = await startOutbox(test, () => undefined);
    gate.close();
    await outbox.add(chunkId(1), sealedChunk(1));
    const connection = await server.connection();
    await connection.message('hello');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(connection.messagesOf('put-piece').length, 0);
    gate.open();
    await connection.message('put-piece', 3);
  });

  it('lets everyone go when the job is cancelled', async (test) => {
    const { outbox, cancelling } = await startOutbox(test, () => undefined);
    for (let n = 0; n < FITTING_CHUNKS; n++) await outbox.add(chunkId(n), sealedChunk(n));
    const waiting = assertRejectsCode(
      outbox.add(chunkId(FITTING_CHUNKS), sealedChunk(FITTING_CHUNKS)),
      'cancelled',
    );
    cancelling.abort(new HoldfastError('cancelled'));
    await waiting;
    await assertRejectsCode(
      outbox.add(chunkId(FITTING_CHUNKS + 1), sealedChunk(FITTING_CHUNKS + 1)),
      'cancelled',
    );
  });

  it('fails with what the server refused for good, for all who add or wait', async (test) => {
    const refusal = { type: 'error', code: 'not-allowed', detail: '', retryAfterMs: undefined } as const;
    const { outbox } = await startOutbox(test, ({ type }) => (type === 'put-piece' ? refusal : undefined));
    await outbox.add(chunkId(1), sealedChunk(1));
    await assertRejectsCode(outbox.drained(), 'not-allowed');
    await assertRejectsCode(outbox.add(chunkId(2), sealedChunk(2)), 'not-allowed');
  });
});
