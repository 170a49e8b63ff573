import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { BlobReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import type { BackupRequest } from '../../web/bridge/engine-api.ts';
import type { SourceSettings } from '../../web/bridge/sources-api.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { picked, signUp, startEngine } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { received } from './downloads.ts';
import { memoryMirror } from './engine-ports.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const MIB = 1024 * 1024;
const SETTINGS: SourceSettings = {
  rules: [],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
  retention: {},
};
const MODIFIED_AT_MS = 1_700_000_000_123;
const password = 'correct horse battery staple';

async function device(test: TestContext, server: RunningServer): Promise<EngineClient> {
  const client = await startEngine(server.url);
  test.after(() => {
    client.engine.stop();
  });
  return client;
}

async function withAccount(
  test: TestContext,
): Promise<{ server: RunningServer; client: EngineClient; words: readonly string[] }> {
  const server = await startServer(test);
  const client = await device(test, server);
  const words = await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
  return { server, client, words };
}

async function backUp(
  client: EngineClient,
  source: ReturnType<typeof picked>,
  options: Partial<BackupRequest> = {},
): Promise<{ snapshotId: SnapshotId; sentBytes: number }> {
  const job = await client.ended(
    await client.engine.backUp({ sourceName: 'Docs', picked: source, ...options }),
  );
  assert.equal(job.phase, 'done', JSON.stringify(job.problem));
  assert.deepEqual(job.problems, []);
  assert.ok(job.receipt);
  return { snapshotId: job.receipt.snapshotId, sentBytes: job.bytesTransferred };
}

async function restoredZip(
  client: EngineClient,
  snapshotId: SnapshotId,
): Promise<Map<string, { bytes: Buffer; modifiedAtMs: number }>> {
  const { port1, port2 } = new MessageChannel();
  const collecting = received(port1);
  const target = { kind: 'stream', as: 'zip', port: port2 } as const;
  const job = await client.ended(await client.engine.restore({ snapshotId, selection: [[]], target }));
  assert.equal(job.phase, 'done', JSON.stringify(job.problem));
  const zip = await collecting;
  const entries = new Map<string, { bytes: Buffer; modifiedAtMs: number }>();
  for (const entry of await new ZipReader(new BlobReader(new Blob([new Uint8Array(zip)]))).getEntries()) {
    const bytes = entry.directory ? new Uint8Array() : await entry.getData(new Uint8ArrayWriter());
    entries.set(entry.filename, { bytes: Buffer.from(bytes), modifiedAtMs: entry.lastModDate.getTime() });
  }
  return entries;
}

const tree = {
  'empty.txt': new Uint8Array(),
  'small.txt': seededRandom(1).bytes(100),
  'deep/er/naïve \u{1F511}.bin': seededRandom(2).bytes(70_000),
  'e\u0301 combining': seededRandom(3).bytes(10),
  'big.bin': seededRandom(4).bytes(7 * MIB + 13),
  'chunk-bound.bin': seededRandom(5).bytes(2 * MIB),
  'bundle-bound.bin': seededRandom(6).bytes(128 * 1024),
};

function assertSameTree(
  entries: Awaited<ReturnType<typeof restoredZip>>,
  files: Readonly<Record<string, Uint8Array>>,
): void {
  for (const [path, content] of Object.entries(files)) {
    const entry = entries.get(path);
    assert.ok(entry, path);
    assert.ok(entry.bytes.equals(content), path);
    assert.equal(entry.modifiedAtMs, MODIFIED_AT_MS, path);
  }
  assert.equal([...entries.keys()].filter((path) => !path.endsWith('/')).length, Object.keys(files).length);
}

describe('a backup', () => {
  it('is restored byte for byte, names, times, empty files and folders included, on another device', async (test) => {
    const { server, client, words } = await withAccount(test);
    const { snapshotId } = await backUp(client, picked(tree, ['empty folder', 'deep/er']));

    const other = await device(test, server);
    await other.engine.signIn({ name: 'ada', password, keepUnlocked: false });
    await waitForSnapshot(other);
    const entries = await restoredZip(other, snapshotId);
    assertSameTree(entries, tree);
    assert.ok(entries.has('empty folder/'));

    const third = await device(test, server);
    const newPassword = 'a new password after all';
    await third.engine.recover({
      name: 'Ada',
      recoveryWords: words.join('  '),
      newPassword,
      keepUnlocked: false,
    });
    await waitForSnapshot(third);
    assertSameTree(await restoredZip(third, snapshotId), tree);
  });

  it('sends next to nothing when nothing changed, and little for a byte inserted at a file’s start', async (test) => {
    const { client } = await withAccount(test);
    const first = await backUp(client, picked(tree));
    const second = await backUp(client, picked(tree));
    assert.ok(second.sentBytes < first.sentBytes / 100, String(second.sentBytes));
    const inserted = { ...tree, 'big.bin': new Uint8Array([1, ...tree['big.bin']]) };
    const third = await backUp(client, picked(inserted));
    assert.ok(third.sentBytes < 5 * MIB, String(third.sentBytes));
    assertSameTree(await restoredZip(client, third.snapshotId), inserted);
    assertSameTree(await restoredZip(client, first.snapshotId), tree);
  });

  it('in full mode reads what keeps its size and time, too', async (test) => {
    const { client } = await withAccount(test);
    const before = { 'a.bin': seededRandom(8).bytes(200_000), 'b.bin': seededRandom(9).bytes(200_000) };
    const after = { ...before, 'b.bin': seededRandom(10).bytes(200_000) };
    await backUp(client, picked(before));
    const trusting = await backUp(client, picked(after));
    assertSameTree(await restoredZip(client, trusting.snapshotId), before);
    const full = await backUp(client, picked(after), { mode: 'full' });
    assertSameTree(await restoredZip(client, full.snapshotId), after);
    assert.ok(full.sentBytes < 300_000, String(full.sentBytes));
  });

  it('leaves out what its rules say, and nothing else', async (test) => {
    const { client } = await withAccount(test);
    const bytes = new Uint8Array([1]);
    const files = {
      'keep.txt': bytes,
      'a.tmp': bytes,
      'node_modules/x/y.js': bytes,
      'src/node_modules': bytes,
    };
    const { snapshotId } = await backUp(client, picked(files), {
      settings: { ...SETTINGS, rules: ['*.tmp', 'node_modules/', '!keep.txt'] },
    });
    const kept = { 'keep.txt': bytes, 'src/node_modules': bytes };
    assertSameTree(await restoredZip(client, snapshotId), kept);
  });

  it('stores what shrinks in less, unless told not to', async (test) => {
    const { client } = await withAccount(test);
    const text = { 'text.txt': new TextEncoder().encode('all work and no play '.repeat(50_000)) };
    const plain = await backUp(client, picked(text), { settings: { ...SETTINGS, compress: false } });
    assert.ok(plain.sentBytes > 1_000_000);
    const other = { 'text.txt': new TextEncoder().encode('no play and all work '.repeat(50_000)) };
    const small = await backUp(client, picked(other), { mode: 'full', settings: SETTINGS });
    assert.ok(small.sentBytes < 50_000, String(small.sentBytes));
    assertSameTree(await restoredZip(client, small.snapshotId), other);
  });

  it('needs no mirror: a device that lost it goes on', async (test) => {
    const server = await startServer(test);
    const mirror = memoryMirror();
    const client = await startEngine(server.url, { mirror });
    test.after(() => {
      client.engine.stop();
    });
    await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
    const first = await backUp(client, picked(tree));
    await mirror.clear();
    await client.engine.signIn({ name: 'Ada', password, keepUnlocked: false });
    const second = await backUp(client, picked(tree));
    assert.ok(second.sentBytes < first.sentBytes / 100, String(second.sentBytes));
    assertSameTree(await restoredZip(client, second.snapshotId), tree);
  });
});

async function waitForSnapshot({ engine }: EngineClient): Promise<void> {
  for (let i = 0; i < 100 && (await engine.listSnapshots()).length === 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
