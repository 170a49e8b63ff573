import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { NO_PREDECESSOR, sealSnapshot, snapshotLink } from '../../shared/format/sealed-snapshot.ts';
import { randomId } from '../../shared/ids.ts';
import type { ChunkId, DeviceId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { ServerMessage, SnapshotRecord } from '../../shared/wire/messages.ts';
import type { MirrorStore } from '../../web/worker/ports.ts';
import { Mirror } from '../../web/worker/vault/mirror.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';
import { memoryMirror } from './engine-ports.ts';

type Changes = Extract<ServerMessage, { readonly type: 'changes' }>;

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);

interface Watched {
  readonly mirror: Mirror;
  readonly broken: HoldfastError[];
  readonly changes: () => number;
}

async function openMirror(store: MirrorStore): Promise<Watched> {
  const broken: HoldfastError[] = [];
  let changes = 0;
  const mirror = new Mirror(VAULT_ID, keyrings, store, {
    onSnapshotsChanged: () => (changes += 1),
    onHistoryBroken: (error) => broken.push(error),
  });
  await mirror.load();
  return { mirror, broken, changes: () => changes };
}

async function record(seq: number, predecessor: Uint8Array = NO_PREDECESSOR): Promise<SnapshotRecord> {
  const snapshotId = randomId<SnapshotId>(secureRandom);
  const description = {
    sourceId: 'aa'.repeat(16) as SourceId,
    sourceName: `snapshot ${seq}`,
    deviceId: 'bb'.repeat(16) as DeviceId,
    deviceName: 'Laptop',
    takenAtMs: seq,
    predecessor,
    mode: 'incremental',
    partial: false,
    filesTotal: 0,
    foldersTotal: 0,
    bytesTotal: 0,
    problemsTotal: 0,
    root: [],
    extension: new Uint8Array(0),
  } as const;
  const sealed = await sealSnapshot(keyring, snapshotId, description, secureRandom);
  return { seq, snapshotId, receivedAtMs: seq, sealed };
}

async function linkOf({ snapshotId, sealed }: SnapshotRecord): Promise<Uint8Array> {
  return snapshotLink(keyrings, snapshotId, sealed);
}

function chunkId(n: number): ChunkId {
  return n.toString(16).padStart(64, '0') as ChunkId;
}

/** A server's change feed: a chunk at each number, or a snapshot where there is one; `perAnswer` at a time. */
function feed(headSeq: number, snapshots: readonly SnapshotRecord[], perAnswer = 1_000) {
  const asked: number[] = [];
  const ask = async (afterSeq: number): Promise<Changes> => {
    asked.push(afterSeq);
    const nextSeq = Math.min(headSeq, afterSeq + perAnswer);
    const numbers = Array.from({ length: nextSeq - afterSeq }, (_, index) => afterSeq + 1 + index);
    const here = snapshots.filter(({ seq }) => numbers.includes(seq));
    const chunkIds = numbers.filter((seq) => !here.some((each) => each.seq === seq)).map(chunkId);
    return Promise.resolve({ type: 'changes', nextSeq, headSeq, chunkIds, snapshots: here });
  };
  return { ask, asked };
}

describe('the mirror', () => {
  it('follows the feed to its end, however many answers that takes, and goes on from there', async () => {
    const { mirror, changes } = await openMirror(memoryMirror());
    const first = await record(10);
    const { ask, asked } = feed(95, [first], 10);
    await mirror.sync(ask);
    assert.deepEqual(asked, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    assert.equal(mirror.chunks.size, 94);
    assert.ok(mirror.chunks.has(chunkId(95)));
    assert.deepEqual(
      mirror.snapshots().map(({ description }) => description.sourceName),
      ['snapshot 10'],
    );
    assert.equal(changes(), 1);
    const second = await record(97, await linkOf(first));
    const later = feed(97, [first, second]);
    await mirror.sync(later.ask);
    assert.deepEqual(later.asked, [95]);
    assert.deepEqual(
      mirror.snapshots().map(({ record: { seq } }) => seq),
      [97, 10],
    );
  });

  it('needs nothing from the server again after a restart', async () => {
    const store = memoryMirror();
    const snapshot = await record(3);
    await (await openMirror(store)).mirror.sync(feed(5, [snapshot]).ask);
    const { mirror, broken } = await openMirror(store);
    assert.equal(mirror.chunks.size, 4);
    assert.equal(mirror.snapshot(snapshot.snapshotId).description.sourceName, 'snapshot 3');
    const again = feed(5, [snapshot]);
    await mirror.sync(again.ask);
    assert.deepEqual([again.asked, broken], [[5], []]);
  });

  it('asks again for what it couldn’t keep', async () => {
    let fails = true;
    const store = memoryMirror();
    const failing: MirrorStore = {
      ...store,
      append: async (...change) => {
        if (fails) throw new HoldfastError('device-full');
        await store.append(...change);
      },
    };
    const { mirror } = await openMirror(failing);
    await assertRejectsCode(mirror.sync(feed(5, []).ask), 'device-full');
    fails = false;
    const again = feed(5, []);
    await mirror.sync(again.ask);
    assert.deepEqual([again.asked, mirror.chunks.size], [[0], 5]);
  });

  it('follows one feed at a time', async () => {
    const { mirror } = await openMirror(memoryMirror());
    const [first, second] = [feed(5, []), feed(5, [])];
    await Promise.all([mirror.sync(first.ask), mirror.sync(second.ask)]);
    assert.deepEqual([first.asked, second.asked], [[0], [5]]);
  });

  it('knows no snapshot that it hasn’t seen', async () => {
    const { mirror } = await openMirror(memoryMirror());
    assertThrowsCode(() => mirror.snapshot('00'.repeat(16) as SnapshotId), 'snapshot-missing');
  });
});

describe('a server that rewrites history', () => {
  it('is found out when it goes back behind what this device saw', async () => {
    const store = memoryMirror();
    await (await openMirror(store)).mirror.sync(feed(50, []).ask);
    const { mirror } = await openMirror(store);
    await assertRejectsCode(mirror.sync(feed(49, []).ask), 'history-broken');
    assert.equal(mirror.chunks.size, 50);
  });

  it('is found out when it hides a snapshot between two', async () => {
    const first = await record(1);
    const hidden = await record(2, await linkOf(first));
    const third = await record(3, await linkOf(hidden));
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(3, [first, third]).ask);
    assert.deepEqual(
      broken.map(({ code }) => code),
      ['history-broken'],
    );
    assert.equal(mirror.snapshots().length, 2);
  });

  it('is found out when it changes a snapshot, and can’t hide the others by it', async () => {
    const [sound, damaged] = await Promise.all([record(1), record(2)]);
    const sealed = new Uint8Array(damaged.sealed);
    sealed.set([Number(sealed.at(-1)) ^ 1], sealed.length - 1);
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(2, [sound, { ...damaged, sealed }]).ask);
    assert.deepEqual(
      broken.map(({ code }) => code),
      ['history-broken'],
    );
    assert.deepEqual(
      mirror.snapshots().map(({ record: { seq } }) => seq),
      [1],
    );
  });

  it('is not suspected where two devices go on from one snapshot', async () => {
    const first = await record(1);
    const link = await linkOf(first);
    const { mirror, broken } = await openMirror(memoryMirror());
    await mirror.sync(feed(3, [first, await record(2, link), await record(3, link)]).ask);
    assert.deepEqual(broken, []);
    assert.equal(mirror.snapshots().length, 3);
  });

  it('can’t keep a device busy with a feed that doesn’t go on', async () => {
    const { mirror } = await openMirror(memoryMirror());
    for (const nextSeq of [0, 5]) {
      const ask = async (): Promise<Changes> =>
        Promise.resolve({ type: 'changes', nextSeq, headSeq: 10, chunkIds: [], snapshots: [] });
      await assertRejectsCode(mirror.sync(ask), 'malformed');
    }
  });
});
