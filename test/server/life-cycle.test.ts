/** Starting, stopping, and what refuses to run beside what. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDataFolder } from '../../server/data-folder.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { waitFor } from '../helpers/wait.ts';
import { dumpIndex } from './index-dump.ts';
import { newMember } from './members.ts';
import { createAccount, signIn } from './test-account.ts';
import { startTestServer } from './test-server.ts';
import { WireClient, putPieces, randomChunk } from './wire-client.ts';
import type { BlobStore } from '../../server/store/ports.ts';
import { wrapBlobs } from './blob-wrappers.ts';

function runCommand(command: 'main' | 'rebuild', server: RunningServer) {
  const file = fileURLToPath(new URL(`../../dist/node/server/${command}.js`, import.meta.url));
  const env = { HOLDFAST_DATA_DIR: server.dataDir, HOLDFAST_PORT: '0', PATH: '/usr/bin:/bin' };
  return spawnSync(process.execPath, [file], { cwd: server.dataDir, env, encoding: 'utf8', timeout: 20_000 });
}

async function signedIn(server: RunningServer) {
  const client = await WireClient.connect(server.port);
  const account = await createAccount(client, await server.firstRunToken());
  const { token } = await signIn(client, { name: account.name, secret: account.password });
  return { client, account, token };
}

test('while a server runs, neither a second one nor a rebuild touches its data folder', async (t) => {
  const server = await startServer(t);
  for (const command of ['main', 'rebuild'] as const) {
    const { status, stderr } = runCommand(command, server);
    assert.equal(status, 1);
    assert.match(stderr, /The data folder is in use by another Holdfast process\.\n$/);
  }
  await server.kill('SIGKILL');
  assert.equal(runCommand('rebuild', server).status, 0, 'the lock ends with the process, however it ends');
});

test('a second server on the same port says so and ends', async (t) => {
  const server = await startServer(t);
  const file = fileURLToPath(new URL('../../dist/node/server/main.js', import.meta.url));
  const env = { HOLDFAST_DATA_DIR: join(server.dataDir, 'other'), HOLDFAST_PORT: String(server.port) };
  const { status, stderr } = spawnSync(process.execPath, [file], {
    cwd: server.dataDir,
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`Port ${server.port} of localhost can't be opened\\.\\n$`));
});

test('npm run rebuild’s command makes the same index anew and counts what it found', async (t) => {
  const server = await startServer(t);
  const { client } = await signedIn(server);
  for (let i = 0; i < 3; i++) await client.putChunk(randomChunk(1_000, 50));
  assert.equal(await server.kill('SIGTERM'), 0);
  const { index } = openDataFolder(server.dataDir);
  const before = dumpIndex(index);
  for (const suffix of ['', '-wal', '-shm']) rmSync(index + suffix, { force: true });
  const { status, stdout } = runCommand('rebuild', server);
  assert.equal(status, 0);
  assert.match(stdout, /^Index made anew from 7 records:\n {2}accounts {9}1\n(.*\n)*? {2}chunks {11}3\n/);
  assert.deepEqual(dumpIndex(index), before);
  assert.equal(existsSync(`${index}.new`), false);
});

test('the sign-in secret and the index are for their owner’s eyes; a lost secret is not silently replaced', async (t) => {
  const server = await startServer(t);
  await signedIn(server);
  await server.kill('SIGTERM');
  const { opaqueSetup, segments } = openDataFolder(server.dataDir);
  assert.equal(statSync(opaqueSetup).mode & 0o777, 0o600);
  for (const name of readdirSync(segments)) assert.equal(statSync(join(segments, name)).mode & 0o077, 0);
  rmSync(opaqueSetup);
  const { status, stderr } = runCommand('main', server);
  assert.equal(status, 1);
  assert.match(stderr, /The sign-in secret .* is missing/);
  assert.equal(existsSync(opaqueSetup), false);
});

test('SIGTERM while chunks are on their way: every answer is true after the restart, and the code is 0', async (t) => {
  const server = await startServer(t);
  const { client, token } = await signedIn(server);
  const chunks = Array.from({ length: 12 }, () => randomChunk(250_000, 250_000));
  const answers = chunks.map((chunk) => client.putChunk(chunk).catch(() => undefined));
  await answers[2];
  assert.equal(await server.kill('SIGTERM'), 0, server.output());
  assert.equal(client.closeCode, 1012);
  const stored = await Promise.all(answers);
  await server.restart();
  const again = await WireClient.connect(server.port);
  await again.expect('session-resumed', { type: 'resume-session', token });
  for (const [place, chunk] of chunks.entries()) {
    if (stored[place]?.type !== 'chunk-stored') continue;
    assert.deepEqual(Buffer.concat(await again.getChunk(chunk.chunkId)), Buffer.concat(chunk.pieces));
  }
  assert.ok(stored.filter((answer) => answer?.type === 'chunk-stored').length >= 3);
});

/** A store whose next sync begins when it is told, and who waits for it. */
function gatedSync() {
  let begin: () => void = () => undefined;
  let began: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (began = resolve));
  const gate = new Promise<void>((resolve) => (begin = resolve));
  let armed = false;
  const wrap = (blobs: BlobStore) =>
    wrapBlobs(blobs, {
      sync: async () => {
        if (armed) {
          began();
          await gate;
        }
        await blobs.sync();
      },
    });
  return {
    wrap,
    arm: () => (armed = true),
    waiting,
    begin: () => {
      begin();
    },
  };
}

test('stopping finishes what was begun, refuses what is new, and closes with its reason', async (t) => {
  const gate = gatedSync();
  const server = await startTestServer(t, { wrapBlobs: gate.wrap });
  const { client } = await newMember(server);
  gate.arm();
  const begun = client.putChunk(randomChunk(1_000));
  await gate.waiting;
  const stopped = server.stop();
  await client.expect('pong', { type: 'ping' });
  assert.equal(await client.expectError({ type: 'status' }), 'shutting-down');
  const [piece] = putPieces(randomChunk(10));
  assert.equal(await client.expectError(piece ?? assert.fail()), 'shutting-down');
  await assert.rejects(WireClient.open(server.port));
  gate.begin();
  assert.deepEqual(await begun, { type: 'chunk-stored', existed: false });
  assert.equal(await client.closed(), 1012);
  await stopped;
});

test('a second signal ends a server at once that still waits for a slow reader', async (t) => {
  const server = await startServer(t);
  const { client, token } = await signedIn(server);
  const chunk = randomChunk(250_000);
  await client.putChunk(chunk);
  const slow = await WireClient.connect(server.port, { downloadCreditBytes: 0 });
  await slow.expect('session-resumed', { type: 'resume-session', token });
  slow.send({ type: 'get-chunk', chunkId: chunk.chunkId });
  await slow.expect('pong', { type: 'ping' });
  const ended = server.kill('SIGTERM');
  await waitFor('the server to be stopping', async () =>
    (await client.ask({ type: 'status' })).type === 'error' ? true : undefined,
  );
  assert.equal(await server.kill('SIGTERM'), 1, 'it would be 0 after stopping in order');
  assert.equal(await ended, 1);
});
