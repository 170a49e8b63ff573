/** What rots on the server's disk is found by its own check, named by file and snapshot, and healed by the next backup. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SnapshotId } from '../../shared/ids.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import type { Contents } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { readRecords, rot } from '../helpers/segment-editor.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { waitFor } from '../helpers/wait.ts';
import { WireClient } from '../server/wire-client.ts';
import type { SessionStore } from '../../web/worker/ports.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memorySessions } from './engine-ports.ts';

const account = { name: 'Ada', password: 'correct horse battery staple' };
const FULL_PIECE_BYTES = 250_000;
/** Of folders' chunks, which here are small, all that is sent is in one piece. */
const FOLDERS_PIECE_BYTES = 10_000;

/** The server checks all that it keeps, as an administrator can have it do. */
async function scrub(server: RunningServer, sessions: SessionStore): Promise<void> {
  const session = await sessions.load();
  assert.ok(session);
  const wire = await WireClient.connect(server.port);
  await wire.expect('session-resumed', { type: 'resume-session', token: session.token });
  await wire.expect('done', { type: 'start-scrub' });
  wire.socket.terminate();
}

/** Damage as `snapshot: path`. */
async function damageOf(
  { engine }: EngineClient,
  names: Readonly<Record<SnapshotId, string>>,
): Promise<string[]> {
  const damage = await engine.listDamage();
  return damage.map(({ snapshotId, path = [] }) => `${names[snapshotId] ?? snapshotId}: ${path.join('/')}`);
}

/** Flips a bit of the only chunk that has a full piece. */
function rotVictim(server: RunningServer): void {
  const piece = readRecords(server.dataDir, 'piece').find(({ body }) => body.length > FULL_PIECE_BYTES);
  assert.ok(piece);
  rot(piece, (body) => {
    body[1_000] = (body[1_000] ?? 0) ^ 1;
  });
}

async function assertSound(client: EngineClient, snapshotIds: readonly SnapshotId[]): Promise<void> {
  for (const snapshotId of snapshotIds) {
    const job = await client.ended(await client.engine.verify(snapshotId, 'full'));
    assert.deepEqual([job.phase, job.problems], ['done', []]);
  }
}

describe('damage on the server’s disk', () => {
  const random = seededRandom(3);
  /** Just below the smallest chunk that a file is cut into: one chunk, and the only one with a full piece. */
  const victim = random.bytes(262_000);
  const files: Contents = {
    'photos/victim.bin': victim,
    'sound.bin': random.bytes(200_000),
    'a.txt': random.bytes(50_000),
  };

  it('in a file is named by file and snapshot, healed by the next backup, and gone then', async (test) => {
    const server = await startServer(test);
    const sessions = memorySessions();
    const client = await startDevice(test, server.url, { sessions });
    await signUp(client, { ...account, inviteToken: await server.firstRunToken() });
    const first = snapshotOf(await backUp(client, 'Files', picked(files)));
    const second = snapshotOf(await backUp(client, 'Files', picked({ ...files, 'copy.bin': victim })));
    const other = snapshotOf(await backUp(client, 'Other', picked({ 'o.txt': random.bytes(5_000) })));
    assert.deepEqual(await client.engine.listDamage(), []);

    await server.kill('SIGTERM');
    rotVictim(server);
    await server.restart();
    await scrub(server, sessions);
    await client.engine.serverStatus();
    const names = { [first]: 'first', [second]: 'second', [other]: 'other' };
    const damage = await waitFor('the damage', async () => {
      const found = await damageOf(client, names);
      return found.length > 0 ? found : undefined;
    });
    assert.deepEqual(damage, ['second: copy.bin', 'second: photos/victim.bin', 'first: photos/victim.bin']);

    const healing = await backUp(client, 'Files', picked(files));
    const healed = snapshotOf(healing);
    assert.ok(healing.bytesTransferred >= 262_000 && healing.bytesTransferred < 300_000);
    assert.deepEqual(await client.engine.listDamage(), []);
    await assertSound(client, [first, second, other, healed]);
  });

  it('that reading back meets is healed likewise, before the server has looked for it', async (test) => {
    const server = await startServer(test);
    const client = await startDevice(test, server.url);
    await signUp(client, { ...account, inviteToken: await server.firstRunToken() });
    const first = snapshotOf(await backUp(client, 'Files', picked(files)));
    await server.kill('SIGTERM');
    rotVictim(server);
    await server.restart();
    const found = await client.ended(await client.engine.verify(first, 'full'));
    assert.deepEqual(
      found.problems.map(({ path, code }) => [path, code]),
      [['photos/victim.bin', 'storage-damaged']],
    );
    assert.deepEqual(await damageOf(client, { [first]: 'first' }), ['first: photos/victim.bin']);
    const healed = snapshotOf(await backUp(client, 'Files', picked(files)));
    assert.deepEqual(await client.engine.listDamage(), []);
    await assertSound(client, [first, healed]);
  });

  it('in the folders is named by snapshot, and healed by the next backup', async (test) => {
    const server = await startServer(test);
    const sessions = memorySessions();
    const client = await startDevice(test, server.url, { sessions });
    await signUp(client, { ...account, inviteToken: await server.firstRunToken() });
    const first = snapshotOf(await backUp(client, 'Files', picked(files)));
    await server.kill('SIGTERM');
    const piece = readRecords(server.dataDir, 'piece').find(
      ({ head, body }) => head.index === 0 && body.length < FOLDERS_PIECE_BYTES,
    );
    assert.ok(piece);
    rot(piece, (body) => {
      body[60] = (body[60] ?? 0) ^ 1;
    });
    await server.restart();
    await scrub(server, sessions);
    const device = await startDevice(test, server.url, { sessions });
    await Promise.all([client, device].map(async ({ engine }) => engine.serverStatus()));
    const names = { [first]: 'first' };
    const damage = await waitFor('the damage', async () => {
      const found = await damageOf(device, names);
      return found.length > 0 ? found : undefined;
    });
    assert.deepEqual(damage, ['first: ']);
    // The device that has the folders still knows all of what is hit.
    assert.deepEqual(await damageOf(client, names), ['first: ', 'first: photos']);

    const healed = snapshotOf(await backUp(client, 'Files', picked(files)));
    assert.deepEqual(await device.engine.listDamage(), []);
    await assertSound(device, [first, healed]);
  });
});
