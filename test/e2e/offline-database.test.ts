/**
 * A browser that can't write its private file system in place keeps its outbox in IndexedDB. A backup that was sealed
 * there without a connection goes out after the browser was killed and started again, and another device restores it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSameEntries } from '../helpers/assert-same.ts';
import { restoreFolder, seenSnapshot, startDevice } from '../helpers/engine-device.ts';
import type { Contents } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import { ACCOUNT } from '../faults/account.ts';
import { ChromiumDevice } from '../faults/chromium-device.ts';
import type { OutboxFacts } from '../faults/read-outbox.ts';
import { signUp } from '../worker/engine-client.ts';

test('a backup without a connection waits in IndexedDB where files can’t be written, and goes out from there', async (t) => {
  const server = await startServer(t);
  const other = await startDevice(t, server.url);
  await signUp(other, { inviteToken: await server.firstRunToken(), ...ACCOUNT });
  const device = await ChromiumDevice.start(t, server.url, 'database');
  const random = seededRandom(1);
  const contents = { 'large.bin': random.bytes(3_000_000), 'small/note.txt': random.bytes(100) };

  await server.kill();
  await device.drop(contents);
  const sealed = await device.outboxIs('sealed', isSealed);
  assert.deepEqual([sealed.privateFiles, sealed.databaseFiles.length], [[], 1]);
  await device.kill();

  await server.restart();
  other.engine.retryNow();
  const next = await device.restart();
  const { accepted, databaseFiles } = await next.outboxIs(
    'sent',
    ({ jobs, databaseFiles: files }) => Object.keys(jobs).length === 0 && files.length === 0,
  );
  assert.deepEqual(databaseFiles, []);
  const [receipt] = accepted;
  assert.ok(receipt);
  await seenSnapshot(other, receipt.snapshotId);
  const { job, folder } = await restoreFolder(other, receipt.snapshotId);
  assert.deepEqual([job.phase, job.problems], ['done', []]);
  assertSameEntries(texts(Object.fromEntries(folder.contents())), texts(contents));
});

/** Also while it is being tried to send it. */
function isSealed({ jobs }: OutboxFacts): boolean {
  return ['waiting', 'sending'].includes(String(Object.values(jobs)[0]));
}

function texts(contents: Contents): Map<string, string> {
  return new Map(
    Object.entries(contents).map(([name, content]) => [name, Buffer.from(content).toString('base64')]),
  );
}
