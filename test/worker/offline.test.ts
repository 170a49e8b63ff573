/** Backups without a server: sealed into this device's outbox, sent when there is a connection again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { OutboxState, Receipt } from '../../web/bridge/outbox-api.ts';
import type { EnginePorts } from '../../web/worker/ports.ts';
import { backUp, restoreFolder, seenSnapshot, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { enginePorts } from './engine-ports.ts';
import { memoryOutbox } from './memory-outbox.ts';
import type { MemoryOutbox } from './memory-outbox.ts';

const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };
const MEGABYTE = 1_000_000;

interface Device {
  readonly server: RunningServer;
  readonly client: EngineClient;
  readonly outbox: MemoryOutbox;
  /** What the device keeps over a restart of the app. */
  readonly ports: Partial<EnginePorts>;
}

async function signedUp(test: TestContext, outbox = memoryOutbox()): Promise<Device> {
  const server = await startServer(test);
  const { sessions, mirror, folderCache, sources, locks } = enginePorts();
  const ports = { sessions, mirror, folderCache, sources, locks, outbox };
  const client = await startDevice(test, server.url, ports);
  await signUp(client, { inviteToken: await server.firstRunToken(), ...account });
  await waitFor('permission to send', async () => (await outbox.queue.load()).access[0]?.token);
  return { server, client, outbox, ports };
}

function contents(seed: number): Record<string, Uint8Array<ArrayBuffer>> {
  const random = seededRandom(seed);
  const files: Record<string, Uint8Array<ArrayBuffer>> = { 'large.bin': random.bytes(5 * MEGABYTE) };
  for (let n = 0; n < 30; n++) files[`small/${n % 3}/${n}.bin`] = random.bytes(1 + random.integer(20_000));
  return files;
}

async function sent({ engine }: EngineClient, count = 1): Promise<OutboxState> {
  return waitFor(
    'the queue to be empty',
    async () => {
      const outbox = await engine.outbox();
      return outbox.queue.length === 0 && outbox.receipts.length >= count ? outbox : undefined;
    },
    30_000,
  );
}

async function assertRestores(
  client: EngineClient,
  { snapshotId }: Pick<Receipt, 'snapshotId'>,
  files: Record<string, Uint8Array<ArrayBuffer>>,
): Promise<void> {
  await seenSnapshot(client, snapshotId);
  const { job, folder } = await restoreFolder(client, snapshotId);
  assert.deepEqual([job.phase, job.problems], ['done', []]);
  const restored = [...folder.contents()].map(([name, content]) => [
    name,
    Buffer.from(content).toString('base64'),
  ]);
  const expected = Object.entries(files).map(([name, content]) => [
    name,
    Buffer.from(content).toString('base64'),
  ]);
  assert.deepEqual(restored.sort(), expected.sort());
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  assert.ok(item !== undefined);
  return item;
}

describe('a backup without a server', () => {
  it('ends in the queue, and is on the server once that is back', async (test) => {
    const { server, client } = await signedUp(test);
    await server.kill();
    const files = contents(1);
    const job = await backUp(client, 'Documents', picked(files));
    assert.deepEqual([job.phase, job.receipt, job.problems], ['queued', undefined, []]);
    const waiting = first((await client.engine.outbox()).queue);
    assert.equal(waiting.sourceName, 'Documents');
    assert.equal(waiting.state === 'waiting' || waiting.state === 'sending', true);
    assert.ok(waiting.sealedBytes > 5 * MEGABYTE && waiting.sentBytes === 0);
    await server.restart();
    client.engine.retryNow();
    const receipt = first((await sent(client)).receipts);
    assert.equal(receipt.jobId, job.jobId);
    assert.equal(receipt.wasQueued, true);
    assert.equal(receipt.sourceName, 'Documents');
    await assertRestores(client, receipt, files);
  });
});
