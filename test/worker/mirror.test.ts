import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { NO_PREDECESSOR, sealSnapshot, snapshotLink } from '../../shared/format/sealed-snapshot.ts';
import { concatBytes } from '../../shared/bytes.ts';
import { idBytes, randomId } from '../../shared/ids.ts';
import type { ChunkId, DeviceId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { MarkRecord, ServerMessage, SnapshotRecord } from '../../shared/wire/messages.ts';
import { systemClock } from '../../web/worker/clock.ts';
import type { MirrorStore } from '../../web/worker/ports.ts';
import { Mirror } from '../../web/worker/vault/mirror.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';
import { memoryMirror } from './engine-ports.ts';

type Changes = Extract<ServerMessage, { readonly type: 'changes' }>;

const NO_CHANGES: Changes = {
  type: 'changes',
  nextSeq: 0,
  headSeq: 0,
  chunkIds: new Uint8Array(0),
  snapshots: [],
  removedChunkIds: new Uint8Array(0),
  marks: [],
  erasedSnapshotIds: [],
};

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 1_000 * DAY_MS;

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);

interface Watched {
  readonly mirror: Mirror;
  readonly broken: HoldfastError[];
  readonly changes: () => number;
}

async function openMirror(store: MirrorStore, nowMs = NOW_MS): Promise<Watched> {
  const broken: HoldfastError[] = [];
  let changes = 0;
  const clock = { ...systemClock, nowMs: () => nowMs };
  const mirror = new Mirror(
    VAULT_ID,
    keyrings,
    { mirror: store, clock },
    {
      onSnapshotsChanged: () => (changes += 1),
      onHistoryBroken: (error) => broken.push(error),
    },
  );
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

/** An id for each number, whose leading bits are as scattered as those of real ones. */
function chunkId(n: number): ChunkId {
  const leading = (Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return (leading + n.toString(16).padStart(56, '0')) as ChunkId;
}

/** The chunks of these numbers as they lie in an answer. */
function packed(numbers: readonly number[]): Uint8Array {
  return concatBytes(...numbers.map((n) => idBytes(chunkId(n))));
}

/** Says one answer after another, whatever is asked. */
function answers(...all: readonly Partial<Changes>[]): (afterSeq: number) => Promise<Changes> {
  const left = all.map((changes, index) => ({ nextSeq: index + 1, headSeq: all.length, ...changes }));
  return async () => Promise.resolve({ ...NO_CHANGES, ...left.shift() });
}

/** What a device of the account that knows `snapshot` has the server pass on. */
async function trashed(snapshot: SnapshotRecord, eraseAtMs: number, seq = 50): Promise<MarkRecord> {
  const { mirror } = await openMirror(memoryMirror());
  await mirror.sync(answers({ snapshots: [snapshot] }));
  const { snapshotId } = snapshot;
  const statement = await mirror.markStatement(snapshotId, 'trashed');
  return { seq, snapshotId, mark: 'trashed', markedAtMs: 1, eraseAtMs, statement };
}

function codesOf(errors: readonly HoldfastError[]): string[] {
  return errors.map(({ code }) => code);
}

function idsIn(mirror: Mirror): string[] {
  return mirror.snapshots().map(({ record: { snapshotId } }) => snapshotId);
}

/** A server's change feed: a chunk at each number, or a snapshot where there is one; `perAnswer` at a time. */
function feed(headSeq: number, snapshots: readonly SnapshotRecord[], perAnswer = 1_000) {
  const asked: number[] = [];
  const ask = async (afterSeq: number): Promise<Changes> => {
    asked.push(afterSeq);
    const nextSeq = Math.min(headSeq, afterSeq + perAnswer);
    const numbers = Array.from({ length: nextSeq - afterSeq }, (_, index) => afterSeq + 1 + index);
    const here = snapshots.filter(({ seq }) => numbers.includes(seq));
    const chunkIds = packed(numbers.filter((seq) => !here.some((each) => each.seq === seq)));
    return Promise.resolve({ ...NO_CHANGES, nextSeq, headSeq, chunkIds, snapshots: here });
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

  it('forgets chunks that are gone, and knows those again that came back, after a restart, too', async () => {
    const store = memoryMirror();
    const { mirror } = await openMirror(store);
    const ask = answers(
      { chunkIds: packed([1, 2, 3, 4]) },
      { removedChunkIds: packed([2, 3, 99]), chunkIds: packed([5]) },
      { removedChunkIds: packed([5]) },
      { chunkIds: packed([3]) },
    );
    await mirror.sync(ask);
    for (const { chunks } of [mirror, (await openMirror(store)).mirror]) {
      assert.equal(chunks.size, 3);
      for (const n of [1, 3, 4]) assert.ok(chunks.has(chunkId(n)), String(n));
    }
  });

  it('packs its pages anew once much was removed', async () => {
    const store = memoryMirror();
    const { mirror } = await openMirror(store);
    const all = Array.from({ length: 12_000 }, (_, n) => n);
    await mirror.sync(answers({ chunkIds: packed(all) }, { removedChunkIds: packed(all.slice(0, 11_000)) }));
    for (let start = 1; start <= 2; start++) {
      assert.equal((await openMirror(store)).mirror.chunks.size, 1_000);
    }
    let keptBytes = 0;
    for await (const { removed, added } of store.chunkPages(VAULT_ID))
      keptBytes += removed.length + added.length;
    assert.equal(keptBytes, 32 * 1_000);
  });

  it('shows a snapshot’s mark, the last that was made, after a restart, too', async () => {
    const store = memoryMirror();
    const { mirror, changes } = await openMirror(store);
    const snapshot = await record(1);
    const { snapshotId } = snapshot;
    await mirror.sync(answers({ snapshots: [snapshot] }));
    assert.equal(mirror.snapshot(snapshotId).mark, 'kept');
    for (const [index, mark] of (['pinned', 'trashed', 'kept', 'trashed'] as const).entries()) {
      const eraseAtMs = mark === 'trashed' ? NOW_MS + index : 0;
      const statement = await mirror.markStatement(snapshotId, mark);
      const [seq, marks] = [2 + index, [{ seq: 2, snapshotId, mark, markedAtMs: 1, eraseAtMs, statement }]];
      await mirror.sync(answers({ nextSeq: seq, headSeq: seq, marks }));
      for (const each of [mirror, (await openMirror(store)).mirror]) {
        const known = each.snapshot(snapshotId);
        assert.deepEqual([known.mark, known.eraseAtMs], [mark, eraseAtMs === 0 ? undefined : eraseAtMs]);
      }
    }
    assert.equal(changes(), 5);
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
      const ask = async (): Promise<Changes> => Promise.resolve({ ...NO_CHANGES, nextSeq, headSeq: 10 });
      await assertRejectsCode(mirror.sync(ask), 'malformed');
    }
  });
});

describe('a snapshot that was erased', () => {
  it('goes without an alarm when its time in the trash is over, and the chain holds', async () => {
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    const first = await record(1);
    const second = await record(2, await linkOf(first));
    const mark = await trashed(first, NOW_MS - 1);
    await mirror.sync(
      answers({ snapshots: [first, second] }, { marks: [mark] }, { erasedSnapshotIds: [first.snapshotId] }),
    );
    const again = await openMirror(store);
    assert.deepEqual([...broken, ...again.broken], []);
    for (const each of [mirror, again.mirror]) assert.deepEqual(idsIn(each), [second.snapshotId]);
  });

  it('is no riddle to a device that never saw it', async () => {
    const first = await record(1);
    const second = await record(2, await linkOf(first));
    const third = await record(3, await linkOf(second));
    const marks = [await trashed(first, NOW_MS - 1), await trashed(second, NOW_MS - 1)];
    const erasedSnapshotIds = [first.snapshotId, second.snapshotId];
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    await mirror.sync(answers({ snapshots: [third] }, { marks, erasedSnapshotIds }));
    const again = await openMirror(store);
    assert.deepEqual([...broken, ...again.broken], []);
    assert.deepEqual(idsIn(again.mirror), [third.snapshotId]);
  });

  it('raises an alarm, and stays here, where no device of the account had trashed it', async () => {
    const store = memoryMirror();
    const { mirror, broken } = await openMirror(store);
    const [first, other] = [await record(1), await record(2)];
    const { statement, ...forged } = await trashed(other, NOW_MS - 1);
    const marks = [{ ...forged, statement, snapshotId: first.snapshotId }];
    await mirror.sync(
      answers({ snapshots: [first, other] }, { marks }, { erasedSnapshotIds: [first.snapshotId] }),
    );
    assert.deepEqual(codesOf(broken), ['history-broken', 'snapshot-hidden']);
    assert.equal(mirror.snapshot(first.snapshotId).mark, 'kept');
    const again = await openMirror(store);
    assert.deepEqual(codesOf(again.broken), ['snapshot-hidden']);
    assert.deepEqual(idsIn(again.mirror), idsIn(mirror));
  });

  it('raises an alarm where it was brought back from the trash', async () => {
    const { mirror, broken } = await openMirror(memoryMirror());
    const first = await record(1);
    const { snapshotId } = first;
    const mark = await trashed(first, NOW_MS - 1);
    await mirror.sync(answers({ snapshots: [first] }, { marks: [mark] }));
    const statement = await mirror.markStatement(snapshotId, 'kept');
    const kept = { ...mark, mark: 'kept', eraseAtMs: 0, statement } as const;
    // The server tells of the bringing back, and then of the older statement once more.
    const later = answers({ marks: [kept] }, { marks: [mark] }, { erasedSnapshotIds: [snapshotId] });
    await mirror.sync(async (afterSeq) => {
      const changes = await later(afterSeq);
      return { ...changes, nextSeq: changes.nextSeq + 2, headSeq: changes.headSeq + 2 };
    });
    assert.deepEqual(codesOf(broken), ['snapshot-hidden']);
  });

  it('raises an alarm where it still had time in the trash, whatever the server says later', async () => {
    const { mirror, broken } = await openMirror(memoryMirror());
    const first = await record(1);
    const mark = await trashed(first, NOW_MS + 2 * DAY_MS);
    const marks = [{ ...mark, eraseAtMs: NOW_MS - 1 }];
    await mirror.sync(
      answers({ snapshots: [first], marks: [mark] }, { marks, erasedSnapshotIds: [first.snapshotId] }),
    );
    assert.deepEqual(codesOf(broken), ['snapshot-erased-early']);
  });

  it('can’t stand in for one that the server hides from a new device', async () => {
    const [gone, hidden] = [await record(1), await record(2)];
    const last = await record(3, await linkOf(hidden));
    const { mirror, broken } = await openMirror(memoryMirror());
    const marks = [await trashed(gone, NOW_MS - 1)];
    const erasedSnapshotIds = [gone.snapshotId, hidden.snapshotId];
    await mirror.sync(answers({ snapshots: [last] }, { marks, erasedSnapshotIds }));
    assert.deepEqual(codesOf(broken), ['history-broken']);
  });
});

describe('a history that a person accepts', () => {
  it('may begin anew behind what this device saw', async () => {
    const store = memoryMirror();
    const { mirror, changes } = await openMirror(store);
    const [first, lost] = [await record(1), await record(40)];
    await mirror.sync(feed(50, [first, lost]).ask);
    const restored = feed(30, [first]);
    await assertRejectsCode(mirror.sync(restored.ask), 'history-broken');
    await mirror.accept(restored.ask);
    const again = await openMirror(store);
    for (const each of [mirror, again.mirror]) {
      assert.deepEqual(idsIn(each), [first.snapshotId]);
      assert.equal(each.chunks.size, 29);
      await each.sync(restored.ask);
    }
    assert.deepEqual([changes(), again.broken], [2, []]);
  });

  it('may be an empty one', async () => {
    const { mirror, changes } = await openMirror(memoryMirror());
    await mirror.sync(feed(5, [await record(1)]).ask);
    await mirror.accept(feed(0, []).ask);
    assert.deepEqual([idsIn(mirror), mirror.chunks.size, changes()], [[], 0, 2]);
  });

  it('is not complained about again, and what contradicts it later is', async () => {
    const store = memoryMirror();
    const hidden = await record(2);
    const third = await record(3, await linkOf(hidden));
    const damaged = { ...(await record(4)), sealed: new Uint8Array(300) };
    const { mirror, broken } = await openMirror(store);
    await mirror.sync(feed(5, [third, damaged]).ask);
    assert.deepEqual(codesOf(broken), ['history-broken', 'history-broken']);
    await mirror.accept(feed(5, [third, damaged]).ask);
    const again = await openMirror(store);
    assert.deepEqual([broken.length, again.broken], [2, []]);
    const next = await record(6, await linkOf(await record(5)));
    await again.mirror.sync(feed(6, [third, next]).ask);
    assert.deepEqual(codesOf(again.broken), ['history-broken']);
  });
});
