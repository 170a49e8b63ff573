/** What clients are told when the server's disk is full or fails, and that nothing is promised wrongly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { dumpIndex, dumpOfRebuild } from './index-dump.ts';
import { newMember, secondConnection } from './members.ts';
import { MoodyDisk } from './moody-disk.ts';
import { replaceCredential, signIn } from './test-account.ts';
import { startTestServer } from './test-server.ts';
import { randomChunk, randomSnapshotId, refPage } from './wire-client.ts';

function codeOf(answer: ServerMessage): string {
  return answer.type === 'error' ? answer.code : answer.type;
}

test('a full disk refuses chunks, pages, snapshots and credentials by its own code; the connection lives', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client, account } = await newMember(server);
  const kept = randomChunk(1_000, 1_000);
  await client.putChunk(kept);
  const page = refPage([kept.chunkId]);
  const commit = {
    type: 'commit-snapshot',
    snapshotId: randomSnapshotId(),
    sealed: Buffer.alloc(9),
    refPages: [],
  } as const;

  disk.failing.add('writev');
  const refused = randomChunk(2_000, 2_000, 2_000);
  assert.equal(codeOf(await client.putChunk(refused)), 'storage-full');
  assert.equal(codeOf(await client.ask({ type: 'put-refs', ...page })), 'storage-full');
  assert.equal(codeOf(await client.ask(commit)), 'storage-full');
  await assert.rejects(replaceCredential(client, 'password', 'a new password'), /storage-full/);
  assert.deepEqual(Buffer.concat(await client.getChunk(kept.chunkId)), Buffer.concat(kept.pieces));

  disk.failing.clear();
  assert.equal(codeOf(await client.putChunk(refused)), 'chunk-stored');
  assert.equal(codeOf(await client.ask({ type: 'put-refs', ...page })), 'done');
  assert.equal(codeOf(await client.ask(commit)), 'snapshot-accepted');
  await signIn(client, { name: account.name, secret: account.password });
});

test('a disk that fills between the pieces of a chunk fails that chunk, once, and no other', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client, token } = await newMember(server);
  const other = await secondConnection(server, { token });
  let writes = 0;
  const { writev } = disk;
  const moody: MoodyDisk = Object.assign(disk, {
    writev: (...call: Parameters<typeof writev>) => {
      disk.failing = new Set(++writes === 3 ? ['writev'] : []);
      return writev(...call);
    },
  });
  assert.equal(moody.failing.size, 0);
  const torn = randomChunk(5_000, 5_000, 5_000, 5_000);
  assert.equal(codeOf(await client.putChunk(torn)), 'storage-full');
  assert.equal(codeOf(await other.putChunk(randomChunk(5_000))), 'chunk-stored');
  assert.deepEqual(await client.putChunk(torn), { type: 'chunk-stored', existed: false });
  assert.deepEqual(Buffer.concat(await other.getChunk(torn.chunkId)), Buffer.concat(torn.pieces));
  assert.equal(client.inbox.filter(({ message }) => message.type === 'error').length, 0);
});

test('when syncing fails nobody is told that their chunk is safe, also those in the middle of one', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client, token } = await newMember(server);
  const other = await secondConnection(server, { token });
  const kept = randomChunk(3_000);
  await client.putChunk(kept);

  disk.code = 'EIO';
  disk.failing.add('fdatasync');
  const lost = [randomChunk(4_000, 4_000), randomChunk(4_000)] as const;
  const [first, second] = await Promise.all([client.putChunk(lost[0]), other.putChunk(lost[1])]);
  assert.deepEqual([codeOf(first), codeOf(second)], ['storage-failed', 'storage-failed']);
  disk.failing.clear();
  for (const { chunkId } of lost) await assert.rejects(client.getChunk(chunkId), /chunk-missing/);
  for (const chunk of lost)
    assert.deepEqual(await client.putChunk(chunk), { type: 'chunk-stored', existed: false });
  for (const chunk of [kept, ...lost]) {
    assert.deepEqual(Buffer.concat(await other.getChunk(chunk.chunkId)), Buffer.concat(chunk.pieces));
  }
  const { folder } = server;
  await server.stop();
  assert.deepEqual((await dumpOfRebuild(folder.segments)).dump, dumpIndex(folder.index));
});

test('a chunk whose first pieces were lost by a failed sync is not stored with the rest', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client, token, account } = await newMember(server);
  const vault = await server.store.openVault(account.vaultId);
  const { chunkId, pieces } = randomChunk(1_000, 1_000);
  const upload = vault.beginChunk(chunkId);
  const piece = (index: number) => ({
    index,
    last: index === 1,
    checksum: checksum(pieces[index] ?? new Uint8Array(0)),
    sealed: pieces[index] ?? assert.fail(),
  });
  assert.equal(upload.append(piece(0)), undefined);
  disk.failing.add('fdatasync');
  const other = await secondConnection(server, { token });
  assert.equal(codeOf(await other.putChunk(randomChunk(10))), 'storage-full');
  disk.failing.clear();
  await assert.rejects(upload.append(piece(1)) ?? Promise.resolve(), { code: 'storage-failed' });
  await assert.rejects(client.getChunk(chunkId), /chunk-missing/);
});

test('an account that can’t be kept leaves its invitation as it was', async (t) => {
  const disk = new MoodyDisk();
  const server = await startTestServer(t, { disk });
  const { client } = await newMember(server);
  await client.putChunk(randomChunk(1));
  disk.failing.add('writev');
  await assert.rejects(newMember(server), /storage-full/);
  disk.failing.clear();
  await newMember(server);
});
