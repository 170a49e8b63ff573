/** Backups without a server: sealed into this device's outbox, sent when there is a connection again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { randomId } from '../../shared/ids.ts';
import type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
import { Traffic } from '../../web/worker/connection/traffic.ts';
import type { KeptReceipt } from '../../web/worker/outbox/ports.ts';
import { Queue } from '../../web/worker/outbox/queue.ts';
import { Sender } from '../../web/worker/outbox/sender.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { backUp, seenSnapshot, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { enginePorts, memorySessions } from './engine-ports.ts';
import {
  account,
  assertRestores,
  back,
  contents,
  first,
  jobsOf,
  MEGABYTE,
  queued,
  sent,
  signedUp,
} from './offline-device.ts';
import type { Device } from './offline-device.ts';
import { memoryOutbox } from './memory-outbox.ts';

/** The same browser profile after a restart of the app, without keys: none were kept. */
async function restarted(test: TestContext, { server, ports }: Device): Promise<EngineClient> {
  return startDevice(test, server.url, { ...ports, sessions: memorySessions() });
}

function both<T>(list: readonly T[]): [T, T] {
  const [a, b, ...more] = list;
  assert.ok(a !== undefined && b !== undefined && more.length === 0);
  return [a, b];
}

describe('a backup without a server', () => {
  it('is given up by a sender that is to be patient for so long only, and left to the next one', async (test) => {
    const device = await signedUp(test);
    await device.server.kill();
    const files = { 'a.txt': new Uint8Array([1, 2, 3]) };
    await queued(device.client, 'Documents', files);
    device.client.engine.stop();
    const ports = enginePorts(device.ports);
    const sender = new Sender(ports, new Queue(ports.outbox), new Traffic(ports.clock), 500);
    await assertRejectsCode(sender.drain(AbortSignal.timeout(20_000)), 'offline');
    assert.equal(first((await device.outbox.queue.load()).entries).state, 'waiting');
    await device.server.restart();
    const next = await restarted(test, device);
    await sent(next);
  });

  it('ends in the queue, and is on the server once that is back; the next one costs what changed', async (test) => {
    const device = await signedUp(test);
    const { server, client } = device;
    await server.kill();
    const files = contents(1);
    const job = await queued(client, 'Documents', files);
    const waiting = first((await client.engine.outbox()).queue);
    assert.equal(waiting.sourceName, 'Documents');
    assert.ok(waiting.sealedBytes > 5 * MEGABYTE && waiting.sentBytes === 0);

    const changed = { ...files, 'small/0/0.bin': seededRandom(2).bytes(3_000) };
    await queued(client, 'Documents', changed);
    const [before, after] = both((await client.engine.outbox()).queue);
    assert.deepEqual([after.waitsFor, after.sourceId], [before.jobId, before.sourceId]);
    assert.ok(after.sealedBytes < 100_000, `${after.sealedBytes} bytes for one small file`);

    await back(device);
    const [second, firstReceipt] = both((await sent(client, 2)).receipts);
    assert.equal(firstReceipt.jobId, job.jobId);
    assert.deepEqual([firstReceipt.wasQueued, firstReceipt.sourceName], [true, 'Documents']);
    await assertRestores(client, firstReceipt, files);
    await assertRestores(client, second, changed);
    assert.deepEqual(await device.outbox.files.list(), []);
    // The next one goes out at once, with a receipt as well; and no device sees a gap in the history.
    const online = await backUp(
      client,
      'Documents',
      picked({ ...changed, 'new.txt': new Uint8Array([1, 2, 3]) }),
    );
    assert.equal(online.phase, 'done');
    assert.ok(online.receipt !== undefined);
    assert.equal(first((await client.engine.outbox()).receipts).wasQueued, false);
    const other = await startDevice(test, server.url);
    await other.engine.signIn({ ...account, keepUnlocked: false });
    await seenSnapshot(other, online.receipt.snapshotId);
    assert.deepEqual(
      [...client.events, ...other.events].filter(({ type }) => type === 'alarm'),
      [],
    );
  });

  it('goes on where the server is lost in the middle: what was not acknowledged is sealed, too', async (test) => {
    const device = await signedUp(test);
    const { server, client } = device;
    const files = contents(3);
    let isKilled = false;
    const source = picked(files);
    assert.equal(source.kind, 'files');
    // The last file is read once the server is gone.
    const [large] = source.files;
    assert.ok(large !== undefined);
    const slow = Object.assign(new File([await large.file.arrayBuffer()], 'z.bin', { lastModified: 1 }), {
      stream: () => {
        isKilled = true;
        const killed = server.kill();
        return new ReadableStream({
          async start(controller) {
            await killed;
            controller.enqueue(new Uint8Array(await large.file.arrayBuffer()));
            controller.close();
          },
        });
      },
    });
    const job = await backUp(client, 'Documents', {
      ...source,
      files: [...source.files, { path: ['z.bin'], file: slow }],
    });
    assert.equal(isKilled, true);
    assert.equal(job.phase, 'queued');
    await back(device);
    const { receipts } = await sent(client);
    await assertRestores(client, first(receipts), {
      ...files,
      'z.bin': files['large.bin'] ?? new Uint8Array(0),
    });
  });
});

describe('a queue of a locked vault', () => {
  it('is sent without keys, by the next start of the app as well, and then nothing that can send is left', async (test) => {
    const device = await signedUp(test);
    const { server, client, outbox } = device;
    await server.kill();
    const files = contents(4);
    await queued(client, 'Documents', files);
    await client.engine.lock();
    const session = client.events.filter(({ type }) => type === 'session').at(-1);
    assert.deepEqual(session, {
      type: 'session',
      session: { kind: 'signed-out', lockedAccountName: account.name },
    });
    const locked = await client.engine.outbox();
    assert.deepEqual(
      [locked.isLocked, locked.queue.length, first(locked.queue).sourceName],
      [true, 1, undefined],
    );
    client.engine.stop();

    const next = await restarted(test, device);
    assert.equal((await next.engine.outbox()).queue.length, 1);
    assert.doesNotMatch(JSON.stringify(await outbox.queue.load()), /Documents|large\.bin/);
    await back({ server, client: next });
    const { receipts } = await sent(next);
    await waitFor('the token to go', async () =>
      first((await outbox.queue.load()).access).token === undefined ? true : undefined,
    );

    const state = await next.engine.signIn({ ...account, keepUnlocked: false });
    assert.equal(state.kind, 'signed-in');
    await assertRestores(next, first(receipts), files);
    assert.equal(first((await next.engine.outbox()).receipts).sourceName, 'Documents');
  });

  it('goes with everything else of the account when that signs out', async (test) => {
    const { server, client, outbox } = await signedUp(test);
    await server.kill();
    await queued(client, 'Documents', contents(5));
    await client.engine.signOut();
    assert.deepEqual(await outbox.files.list(), []);
    assert.deepEqual(await outbox.queue.load(), { entries: [], isPaused: false, receipts: [], access: [] });
    const { queue, isLocked } = await client.engine.outbox();
    assert.deepEqual([queue, isLocked], [[], true]);
    const session = client.events.filter(({ type }) => type === 'session').at(-1);
    assert.deepEqual(session, { type: 'session', session: { kind: 'signed-out' } });
  });
});

describe('a person', () => {
  it('pauses, resumes, reorders and cancels what waits', async (test) => {
    const device = await signedUp(test);
    const { server, client, outbox } = device;
    const { engine } = client;
    await server.kill();
    const [a, b, c] = [
      await queued(client, 'A', contents(6)),
      await queued(client, 'A', contents(7), 1_700_000_001_000),
      await queued(client, 'B', { 'b.bin': seededRandom(8).bytes(2 * MEGABYTE) }),
    ].map(({ jobId }) => jobId);
    assert.ok(a && b && c);
    const order = async () => (await engine.outbox()).queue.map(({ jobId }) => jobId);
    assert.deepEqual(await order(), [a, b, c]);
    await engine.moveQueued(c, a);
    assert.deepEqual(await order(), [c, a, b]);
    await engine.moveQueued(b, c);
    assert.deepEqual(await order(), [a, c, b]);
    await engine.pauseQueued(a);
    await engine.pauseQueued('all');
    await back(device);
    await waitFor('a connection', () => client.events.findLast(({ type }) => type === 'connection'));
    await engine.resumeQueued('all');
    await engine.pauseQueued(a);
    const { receipts } = await waitFor('another source to pass by', async () => {
      const state = await engine.outbox();
      return state.receipts.length === 1 ? state : undefined;
    });
    assert.equal(first(receipts).jobId, c);
    assert.deepEqual(await order(), [a, b]);
    await engine.cancelQueued(a);
    assert.deepEqual(await order(), []);
    assert.deepEqual(await outbox.files.list(), []);
    await engine.clearReceipts();
    assert.deepEqual((await engine.outbox()).receipts, []);
  });
});

describe('receipts', () => {
  it('cost no look at what is stored, however many name what is erased by now', async (test) => {
    const outbox = memoryOutbox();
    const { engine } = (await signedUp(test, outbox)).client;
    const { vaultId } = first((await outbox.queue.load()).access);
    const receipts = Array.from({ length: 300 }, (): KeptReceipt => {
      const ids = {
        vaultId,
        jobId: randomId<JobId>(secureRandom),
        sourceId: randomId<SourceId>(secureRandom),
        snapshotId: randomId<SnapshotId>(secureRandom),
      };
      return { ...ids, madeAtMs: 1, receivedAtMs: 2, sentBytes: 3, wasQueued: false };
    });
    const record = await outbox.queue.change((before) => ({ ...before, receipts }));
    let looks = 0;
    Object.assign(outbox.queue, {
      load: async () => {
        looks += 1;
        return Promise.resolve(record);
      },
    });
    assert.equal((await engine.outbox()).receipts.length, 300);
    // The sender may have one beside it.
    assert.ok(looks < 5, `${looks} looks`);
  });
});

describe('what a crash leaves', () => {
  it('is taken up by the next backup: what was sealed is not sealed again, and a torn end is cut off', async (test) => {
    const device = await signedUp(test);
    const { server, client, outbox } = device;
    await server.kill();
    const files = contents(10);
    // The app dies after about three of five megabytes, in whichever order the chunks come.
    const died = new Promise<void>((resolve) => {
      outbox.files.beforeWrite = () => {
        const [written] = outbox.files.files.values();
        if (written === undefined || written.length <= 3 * MEGABYTE) return;
        resolve();
        throw new HoldfastError('locked');
      };
    });
    await client.engine.backUp({ sourceName: 'Documents', picked: picked(files) });
    await died;
    outbox.files.beforeWrite = () => undefined;
    const torn = first([...outbox.files.files.keys()]);
    await waitFor('the job to end', () => jobsOf(client).find(({ phase }) => phase === 'failed'));
    const sound = outbox.files.files.get(torn) ?? new Uint8Array(0);
    assert.ok(sound.length > MEGABYTE);
    outbox.files.files.set(torn, new Uint8Array([...sound, ...sound.slice(0, 100_000)]));
    assert.equal(first((await client.engine.outbox()).queue).state, 'sealing');

    await queued(client, 'Documents', files);
    const sizes = (await client.engine.outbox()).queue.map(({ sealedBytes }) => sealedBytes);
    const file = outbox.files.files.get(torn);
    assert.deepEqual(file?.slice(0, sound.length), sound);
    assert.deepEqual(sizes, [file.length]);
    await back(device);
    await assertRestores(client, first((await sent(client)).receipts), files);
  });

  it('is removed where nothing names it', async (test) => {
    const device = await signedUp(test);
    await (await device.outbox.files.open('stray')).append([new Uint8Array(10)]);
    device.client.engine.stop();
    await restarted(test, device);
    assert.deepEqual(await device.outbox.files.list(), []);
  });
});

describe('a queued backup that is damaged on the device', () => {
  it('needs its source: the next backup takes its place, and the history has no gap', async (test) => {
    const device = await signedUp(test);
    const { server, client, outbox } = device;
    await server.kill();
    await client.engine.pauseQueued('all');
    const files = contents(11);
    await queued(client, 'Documents', files);
    await queued(client, 'Documents', { ...files, 'more.bin': seededRandom(12).bytes(1_000) });
    const { file } = first((await outbox.queue.load()).entries);
    const bytes = outbox.files.files.get(file);
    assert.ok(bytes !== undefined);
    bytes[300_000] = (bytes[300_000] ?? 0) ^ 1;
    await client.engine.resumeQueued('all');
    await back(device);
    const stuck = await waitFor('the damage to be found', async () =>
      (await client.engine.outbox()).queue.find(({ state }) => state === 'needs-source'),
    );
    assert.equal(stuck.problem?.code, 'outbox-damaged');
    assert.deepEqual(
      (await client.engine.outbox()).queue.map(({ state }) => state),
      ['needs-source', 'waiting'],
    );

    const job = await backUp(client, 'Documents', picked(files));
    assert.equal(job.phase, 'done');
    assert.deepEqual((await client.engine.outbox()).queue, []);
    assert.deepEqual(await outbox.files.list(), []);
    assert.ok(job.receipt !== undefined);
    await assertRestores(client, job.receipt, files);
    assert.deepEqual(
      client.events.filter(({ type }) => type === 'alarm'),
      [],
    );
  });
});
