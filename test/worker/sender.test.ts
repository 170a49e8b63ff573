/** Who sends the queue, and who lets another one do it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceId, JobId, SnapshotId, SourceId, VaultId } from '../../shared/ids.ts';
import { Traffic } from '../../web/worker/connection/traffic.ts';
import type { QueueRecord } from '../../web/worker/outbox/ports.ts';
import { Queue } from '../../web/worker/outbox/queue.ts';
import { Sender } from '../../web/worker/outbox/sender.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { freePort } from '../helpers/free-port.ts';
import { enginePorts } from './engine-ports.ts';

const vaultId = 'aa'.repeat(16) as VaultId;

function waitingAt(serverUrl: string): QueueRecord {
  const entry = {
    jobId: '01'.repeat(16) as JobId,
    vaultId,
    sourceId: '02'.repeat(16) as SourceId,
    snapshotId: '03'.repeat(16) as SnapshotId,
    madeAtMs: 1,
    state: 'waiting',
    file: 'file',
    sealedBytes: 10,
    chunks: 0,
    pagesAt: 0,
    snapshotAt: 0,
    sentBytes: 0,
    payloadBytes: 0,
  } as const;
  const access = {
    vaultId,
    accountName: 'Ada',
    deviceId: '04'.repeat(16) as DeviceId,
    serverUrl,
    token: new Uint8Array(32),
    isLocked: true,
  };
  return { entries: [entry], isPaused: false, receipts: [], access: [access] };
}

test('a sender that is to be patient for so long gives the queue up without a connection, and leaves it as it was', async () => {
  const address = `ws://127.0.0.1:${await freePort()}/ws`;
  const ports = enginePorts();
  const queue = new Queue(ports.outbox);
  await ports.outbox.queue.change(() => waitingAt(address));
  const sender = new Sender(ports, queue, new Traffic(ports.clock), 500);
  await assertRejectsCode(sender.drain(new AbortController().signal), 'offline');
  const { entries, access } = await queue.load();
  assert.deepEqual(
    entries.map(({ state }) => state),
    ['waiting'],
  );
  assert.ok(access[0]?.token, 'it may still send');
  await ports.locks.hold('holdfast-sender', AbortSignal.timeout(5_000), async () => Promise.resolve());
});
