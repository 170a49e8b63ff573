/** A device with a server that comes and goes, whose browser keeps what it is given. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
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

export const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };
export const MEGABYTE = 1_000_000;

export interface Device {
  readonly server: RunningServer;
  readonly client: EngineClient;
  readonly outbox: MemoryOutbox;
  /** What the device keeps over a restart of the app. */
  readonly ports: Partial<EnginePorts>;
}

export async function signedUp(test: TestContext, outbox = memoryOutbox()): Promise<Device> {
  const server = await startServer(test);
  const { sessions, mirror, folderCache, sources, locks } = enginePorts();
  const ports = { sessions, mirror, folderCache, sources, locks, outbox };
  const client = await startDevice(test, server.url, ports);
  await signUp(client, { inviteToken: await server.firstRunToken(), ...account });
  await waitFor('permission to send', async () => (await outbox.queue.load()).access[0]?.token);
  return { server, client, outbox, ports };
}

export type Files = Record<string, Uint8Array<ArrayBuffer>>;

export function contents(seed: number): Files {
  const random = seededRandom(seed);
  const files: Files = { 'large.bin': random.bytes(5 * MEGABYTE) };
  for (let n = 0; n < 30; n++) files[`small/${n % 3}/${n}.bin`] = random.bytes(1 + random.integer(20_000));
  return files;
}

export async function sent({ engine }: EngineClient, count = 1): Promise<OutboxState> {
  return waitFor(
    'the queue to be empty',
    async () => {
      const outbox = await engine.outbox();
      return outbox.queue.length === 0 && outbox.receipts.length >= count ? outbox : undefined;
    },
    30_000,
  );
}

export async function assertRestores(
  client: EngineClient,
  { snapshotId }: Pick<Receipt, 'snapshotId'>,
  files: Files,
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

export function first<T>(list: readonly T[]): T {
  const [item] = list;
  assert.ok(item !== undefined);
  return item;
}

/** Backs up without a server; the job as it ended. */
export async function queued(
  client: EngineClient,
  name: string,
  files: Files,
  modifiedAtMs?: number,
): Promise<JobProgress> {
  const job = await backUp(client, name, picked(files, [], modifiedAtMs));
  assert.deepEqual([job.phase, job.receipt, job.problems], ['queued', undefined, []]);
  return job;
}

export async function back({ server, client }: Pick<Device, 'server' | 'client'>): Promise<void> {
  await server.restart();
  client.engine.retryNow();
}

export function jobsOf({ events }: EngineClient): JobProgress[] {
  return events.filter((event) => event.type === 'job').map(({ job }) => job);
}
