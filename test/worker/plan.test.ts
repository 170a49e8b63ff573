import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Extent } from '../../shared/format/folder-node.ts';
import { NO_PREDECESSOR } from '../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../shared/format/sealed-snapshot.ts';
import { encodeSettings } from '../../shared/format/source-settings.ts';
import type { ChunkId, DeviceId, SourceId } from '../../shared/ids.ts';
import type { BackupMode, SourceSettings } from '../../web/bridge/sources-api.ts';
import { planBackup } from '../../web/worker/backup/plan.ts';
import type { BackupPlan, PastSnapshot } from '../../web/worker/backup/plan.ts';

const [HERE, ELSEWHERE] = ['01', '02'].map((byte) => byte.repeat(16)) as [DeviceId, DeviceId];
const [DOCS, PHOTOS, NEW] = ['a1', 'a2', 'a3'].map((byte) => byte.repeat(16)) as [
  SourceId,
  SourceId,
  SourceId,
];
const PLAIN: SourceSettings = {
  rules: [],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
  retention: {},
};

/** The root of snapshot `number`. */
function rootOf(number: number): Extent[] {
  return [{ chunkId: 'cc'.repeat(32) as ChunkId, offset: number, lengthBytes: 1 }];
}

function snapshot(number: number, facts: Partial<SnapshotDescription> = {}): PastSnapshot {
  const description: SnapshotDescription = {
    sourceId: DOCS,
    sourceName: 'Docs',
    deviceId: HERE,
    deviceName: '',
    takenAtMs: number,
    predecessor: NO_PREDECESSOR,
    mode: 'incremental',
    partial: false,
    filesTotal: number,
    foldersTotal: 0,
    bytesTotal: 10 * number,
    problemsTotal: 0,
    root: rootOf(number),
    extension: new Uint8Array(0),
    ...facts,
  };
  return { description, link: new Uint8Array([number]) };
}

/** A plan for Docs on this device; `past` newest first. */
function plan(past: readonly PastSnapshot[], mode?: BackupMode): BackupPlan {
  return planBackup(past, { sourceName: 'Docs', ...(mode && { mode }) }, HERE, () => NEW);
}

function numbers(roots: readonly (readonly Extent[])[]): (number | undefined)[] {
  return roots.map(([first]) => first?.offset);
}

describe('a plan', () => {
  it('for a new source builds on nothing and is full, whatever was asked for', () => {
    for (const mode of ['incremental', 'differential', 'full'] as const) {
      const { sourceId, mode: planned, earlierRoots, predecessor, expected } = plan([], mode);
      assert.deepEqual([sourceId, planned, earlierRoots, expected], [NEW, 'full', [], undefined]);
      assert.equal(predecessor, NO_PREDECESSOR);
    }
  });

  it('goes by the newest snapshot, or by the last full one', () => {
    const past = [snapshot(5), snapshot(4, { mode: 'full' }), snapshot(3, { mode: 'full' })];
    assert.deepEqual(numbers(plan(past).earlierRoots), [5]);
    assert.deepEqual(numbers(plan(past, 'differential').earlierRoots), [4]);
    assert.deepEqual([plan(past).mode, plan(past, 'differential').mode], ['incremental', 'differential']);
    assert.deepEqual([...plan(past, 'differential').predecessor], [5]);
    assert.deepEqual(plan(past).expected, { files: 5, bytes: 50 });
  });

  it('looks past partial snapshots to the newest complete one', () => {
    const past = [snapshot(5, { partial: true }), snapshot(4, { partial: true }), snapshot(3), snapshot(2)];
    assert.deepEqual(numbers(plan(past).earlierRoots), [5, 4, 3]);
    assert.deepEqual(plan(past).expected, { files: 3, bytes: 30 });
    const full = [snapshot(5, { mode: 'full', partial: true }), snapshot(4, { mode: 'full' })];
    assert.deepEqual(numbers(plan(full, 'differential').earlierRoots), [4]);
  });

  it('trusts no other device’s times, but looks for content there and in other sources', () => {
    const past = [
      snapshot(9, { deviceId: ELSEWHERE }),
      snapshot(8, { sourceId: PHOTOS, sourceName: 'Photos' }),
      snapshot(7, { sourceId: PHOTOS, sourceName: 'Photos' }),
      snapshot(6),
    ];
    const { earlierRoots, own, others, predecessor } = plan(past);
    assert.deepEqual(numbers(earlierRoots), [6]);
    assert.deepEqual([...predecessor], [6]);
    assert.deepEqual(numbers(own.map(({ root }) => root)), [6, 9]);
    assert.deepEqual(numbers(others.map(({ root }) => root)), [8]);
  });

  it('takes the settings that are asked for, else those of the source’s newest snapshot', () => {
    const settings = { ...PLAIN, rules: ['*.tmp'], compress: false };
    const past = [snapshot(2, { deviceId: ELSEWHERE, extension: encodeSettings(settings) }), snapshot(1)];
    assert.deepEqual(plan(past).settings, settings);
    const later = [snapshot(2, { extension: new Uint8Array([2, 9, 9]) })];
    assert.deepEqual(plan(later).settings, PLAIN);
    const asked = planBackup(past, { sourceName: 'Docs', settings: PLAIN }, HERE, () => NEW);
    assert.deepEqual(asked.settings, PLAIN);
  });

  it('for a source that is named by its id goes by that alone', () => {
    const past = [snapshot(2), snapshot(1, { sourceId: PHOTOS, sourceName: 'Photos' })];
    const { sourceId, earlierRoots } = planBackup(
      past,
      { sourceName: 'Docs', sourceId: PHOTOS },
      HERE,
      () => NEW,
    );
    assert.deepEqual([sourceId, numbers(earlierRoots)], [PHOTOS, [1]]);
  });
});
