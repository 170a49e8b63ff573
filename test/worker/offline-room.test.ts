/** Room on this device for what can't be sent yet: looked at before anything is written, and while it is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import { backUp } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memoryOutbox } from './memory-outbox.ts';
import {
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

/** Left to the browser and to the app's own records. */
const RESERVE_BYTES = 64 * 1024 * 1024;

describe('room on the device', () => {
  it('is waited for where it runs out, and what is missing is said', async (test) => {
    let roomBytes = RESERVE_BYTES + 2_500_000;
    const outbox = memoryOutbox({
      freeBytes: async () => Promise.resolve(roomBytes - outbox.files.sizeBytes()),
    });
    const device = await signedUp(test, outbox);
    const { server, client } = device;
    await server.kill();
    const files = contents(9);
    const jobId = await client.engine.backUp({ sourceName: 'Documents', picked: picked(files) });
    const waiting = await waitFor('the backup to wait', () =>
      jobsOf(client).findLast((job) => job.jobId === jobId && job.problem?.code === 'device-full'),
    );
    assert.equal(waiting.phase, 'waiting');
    assert.ok((waiting.problem?.missingBytes ?? 0) > 0);
    assert.match(waiting.problem?.detail ?? '', /\d+ bytes are missing/);
    roomBytes = 2 ** 33;
    assert.equal((await client.ended(jobId)).phase, 'queued');
    await back(device);
    await assertRestores(client, first((await sent(client)).receipts), files);
  });
});

/** A device without a server, on which so much may be written, if that is asked. */
async function withRoomFor(test: TestContext, bytes: () => number): Promise<Device> {
  const outbox = memoryOutbox({
    freeBytes: async () => Promise.resolve(RESERVE_BYTES + bytes() - outbox.files.sizeBytes()),
  });
  return signedUp(test, outbox);
}

async function refused(client: EngineClient, files: Parameters<typeof picked>[0]): Promise<JobProgress> {
  const job = await backUp(client, 'Photos', picked(files));
  assert.deepEqual([job.phase, job.problem?.code], ['failed', 'device-short']);
  return job;
}

describe('a backup that can’t be kept until it is sent', () => {
  it('is refused before anything is written, and what is missing is said', async (test) => {
    let room = 3 * MEGABYTE;
    const { server, client, outbox } = await withRoomFor(test, () => room);
    await server.kill();
    const random = seededRandom(20);
    const files = { 'a.jpg': random.bytes(3 * MEGABYTE), 'b.jpg': random.bytes(2 * MEGABYTE) };
    const { problem, bytesDone } = await refused(client, files);
    assert.deepEqual([problem?.missingBytes, bytesDone], [2 * MEGABYTE, 0]);
    assert.match(problem?.words ?? '', /no room to keep this backup until it can be sent/);
    assert.deepEqual([await outbox.files.list(), (await client.engine.outbox()).queue], [[], []]);
    room = 6 * MEGABYTE;
    await queued(client, 'Photos', files);
  });

  it('is not refused for what is known already, unchanged, moved or copied', async (test) => {
    let room = 100 * MEGABYTE;
    const { server, client } = await withRoomFor(test, () => room);
    const random = seededRandom(21);
    const [large, other] = [random.bytes(5 * MEGABYTE), random.bytes(4 * MEGABYTE)];
    await backUp(client, 'Photos', picked({ 'a.jpg': large, 'old/b.jpg': other }));
    await server.kill();
    room = 2 * MEGABYTE;
    const files = {
      'a.jpg': large,
      'new/b.jpg': other,
      'copy.jpg': large,
      'c.jpg': random.bytes(MEGABYTE),
    };
    await queued(client, 'Photos', files);
    const { problem } = await refused(client, { ...files, 'd.jpg': random.bytes(3 * MEGABYTE) });
    assert.ok((problem?.missingBytes ?? 0) > MEGABYTE);
  });

  it('is not refused where compressing may make it fit', async (test) => {
    const { server, client } = await withRoomFor(test, () => 2 * MEGABYTE);
    await server.kill();
    await queued(client, 'Photos', { 'a.txt': new Uint8Array(5 * MEGABYTE).fill(65) });
    await refused(client, { 'a.csv': new Uint8Array(50 * MEGABYTE) });
  });
});
