/** The order in which queued backups go out, whatever a person does with it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JobId, SnapshotId, SourceId, VaultId } from '../../shared/ids.ts';
import type { QueueEntry } from '../../web/worker/outbox/ports.ts';
import { goesWith, moved, nextToSend, predecessorOf } from '../../web/worker/outbox/queue.ts';

const vaultId = 'aa' as VaultId;

function entry(job: string, source: string, state: QueueEntry['state'] = 'waiting'): QueueEntry {
  return {
    jobId: job as JobId,
    vaultId,
    sourceId: source as SourceId,
    snapshotId: job as SnapshotId,
    file: job,
    madeAtMs: 1,
    state,
    sealedBytes: 1,
    chunks: 1,
    sentBytes: 0,
    payloadBytes: 0,
  };
}

const anyEntries = fc
  .array(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 8 })
  .map((sources) => sources.map((source, place) => entry(String(place), source)));

describe('the queue', () => {
  it('keeps the order of each source and loses nothing, wherever an entry is moved', () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(7), fc.nat(8), (entries, from, to) => {
        const jobId = (entries[from % entries.length]?.jobId ?? '0') as JobId;
        const after = moved(entries, jobId, entries[to]?.jobId ?? 'end');
        assert.deepEqual(new Set(after), new Set(entries));
        assert.equal(after.length, entries.length);
        for (const source of ['x', 'y', 'z']) {
          const of = (list: readonly QueueEntry[]) =>
            list.filter(({ sourceId }) => sourceId === (source as SourceId));
          assert.deepEqual(of(after), of(entries));
        }
      }),
    );
  });

  it('sends what is first and waits for nothing; what is stuck or paused holds up its own source only', () => {
    const rest = { isPaused: false, receipts: [], access: [] };
    const entries = [
      entry('1', 'x', 'needs-source'),
      entry('2', 'x'),
      entry('3', 'y', 'paused'),
      entry('4', 'z'),
    ];
    assert.equal(nextToSend({ ...rest, entries }, vaultId)?.jobId, '4');
    assert.equal(nextToSend({ ...rest, entries, isPaused: true }, vaultId), undefined);
    assert.equal(nextToSend({ ...rest, entries }, 'bb' as VaultId), undefined);
    assert.equal(predecessorOf(entries, entry('2', 'x'))?.jobId, '1');
  });

  it('takes later ones of a source along when one is cancelled, and no others', () => {
    const entries = [entry('1', 'x'), entry('2', 'y'), entry('3', 'x'), entry('4', 'x')];
    const gone = entries.filter((each) => goesWith('3' as JobId, each, entries)).map(({ jobId }) => jobId);
    assert.deepEqual(gone, ['3', '4']);
  });
});
