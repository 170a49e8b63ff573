/** A server's change feed as tests have it say things, and a mirror that follows it. */
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import type { HoldfastError } from '../../shared/errors.ts';
import { NO_PREDECESSOR, sealSnapshot, snapshotLink } from '../../shared/format/sealed-snapshot.ts';
import { concatBytes } from '../../shared/bytes.ts';
import { idBytes, randomId } from '../../shared/ids.ts';
import type { ChunkId, DeviceId, SnapshotId, SourceId } from '../../shared/ids.ts';
import type { MarkRecord, ServerMessage, SnapshotRecord } from '../../shared/wire/messages.ts';
import { systemClock } from '../../web/worker/clock.ts';
import type { MirrorStore } from '../../web/worker/ports.ts';
import { Mirror } from '../../web/worker/vault/mirror.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';
import { memoryMirror } from './engine-ports.ts';

export type Changes = Extract<ServerMessage, { readonly type: 'changes' }>;

export const NO_CHANGES: Changes = {
  type: 'changes',
  nextSeq: 0,
  headSeq: 0,
  chunkIds: new Uint8Array(0),
  snapshots: [],
  removedChunkIds: new Uint8Array(0),
  marks: [],
  erasedSnapshotIds: [],
};

export const DAY_MS = 24 * 3_600_000;
export const NOW_MS = 1_000 * DAY_MS;

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);

interface Watched {
  readonly mirror: Mirror;
  readonly broken: HoldfastError[];
  readonly changes: () => number;
}

export async function openMirror(store: MirrorStore, nowMs = NOW_MS): Promise<Watched> {
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

export async function record(seq: number, predecessor: Uint8Array = NO_PREDECESSOR): Promise<SnapshotRecord> {
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

export async function linkOf({ snapshotId, sealed }: SnapshotRecord): Promise<Uint8Array> {
  return snapshotLink(keyrings, snapshotId, sealed);
}

/** An id for each number, whose leading bits are as scattered as those of real ones. */
export function chunkId(n: number): ChunkId {
  const leading = (Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return (leading + n.toString(16).padStart(56, '0')) as ChunkId;
}

/** The chunks of these numbers as they lie in an answer. */
export function packed(numbers: readonly number[]): Uint8Array {
  return concatBytes(...numbers.map((n) => idBytes(chunkId(n))));
}

/** Says one answer after another, whatever is asked. */
export function answers(...all: readonly Partial<Changes>[]): (afterSeq: number) => Promise<Changes> {
  const left = all.map((changes, index) => ({ nextSeq: index + 1, headSeq: all.length, ...changes }));
  return async () => Promise.resolve({ ...NO_CHANGES, ...left.shift() });
}

/** What a device of the account that knows `snapshot` has the server pass on. */
export async function trashed(snapshot: SnapshotRecord, eraseAtMs: number, seq = 50): Promise<MarkRecord> {
  const { mirror } = await openMirror(memoryMirror());
  await mirror.sync(answers({ snapshots: [snapshot] }));
  const { snapshotId } = snapshot;
  const statement = await mirror.markStatement(snapshotId, 'trashed');
  return { seq, snapshotId, mark: 'trashed', markedAtMs: 1, eraseAtMs, statement };
}

export function codesOf(errors: readonly HoldfastError[]): string[] {
  return errors.map(({ code }) => code);
}

export function idsIn(mirror: Mirror): string[] {
  return mirror.snapshots().map(({ record: { snapshotId } }) => snapshotId);
}

/** A server's change feed: a chunk at each number, or a snapshot where there is one; `perAnswer` at a time. */
export function feed(headSeq: number, snapshots: readonly SnapshotRecord[], perAnswer = 1_000) {
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
