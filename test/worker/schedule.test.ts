import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SourceFolder } from '../helpers/source-folder.ts';
import { folderWatcher } from '../../web/worker/watch-folder.ts';
import { dueAtMs } from '../../web/worker/sources/schedule.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const anyTimeMs = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2060) });

describe('a schedule', () => {
  it('by hand or on change is never due by the clock', () => {
    assert.equal(dueAtMs({ kind: 'manual' }, 0), undefined);
    assert.equal(dueAtMs({ kind: 'on-change' }, 0), undefined);
  });

  it('that is hourly is due an hour after the last time, and at once if there was none', () => {
    assert.equal(dueAtMs({ kind: 'hourly' }, 5 * HOUR_MS), 6 * HOUR_MS);
    assert.ok((dueAtMs({ kind: 'hourly' }, 0) ?? Infinity) < Date.now());
  });

  it('that is daily is due when the clock shows that minute next, whatever the day and its length', () => {
    fc.assert(
      fc.property(anyTimeMs, fc.nat(1_439), (lastMs, minuteOfDay) => {
        const dueMs = dueAtMs({ kind: 'daily', minuteOfDay }, lastMs) ?? 0;
        assert.ok(dueMs > lastMs && dueMs <= lastMs + DAY_MS + 2 * HOUR_MS, new Date(lastMs).toString());
        const due = new Date(dueMs);
        const shown = 60 * due.getHours() + due.getMinutes();
        // Where clocks are set forward the minute may not exist on that day: it is the one after the gap.
        assert.ok(shown === minuteOfDay || shown - minuteOfDay <= 120, `${shown} ${minuteOfDay}`);
        assert.equal(due.getSeconds(), 0);
      }),
    );
  });
});

describe('watching a folder', () => {
  it('tells of each change until it is ended, with all that lies below', async () => {
    const observers: FakeObserver[] = [];
    class FakeObserver {
      readonly tell: () => void;
      isOver = false;
      observed: unknown[] = [];
      constructor(tell: () => void) {
        this.tell = tell;
        observers.push(this);
      }
      observe(...asked: unknown[]): Promise<void> {
        this.observed = asked;
        return Promise.resolve();
      }
      disconnect(): void {
        this.isOver = true;
      }
    }
    const watch = folderWatcher({ FileSystemObserver: FakeObserver });
    assert.ok(watch);
    const handle = new SourceFolder('Docs').handle;
    let changes = 0;
    const end = await watch(handle, () => (changes += 1));
    const [observer] = observers;
    assert.ok(observer);
    assert.deepEqual(observer.observed, [handle, { recursive: true }]);
    observer.tell();
    assert.deepEqual([changes, observer.isOver], [1, false]);
    end();
    assert.equal(observer.isOver, true);
  });

  it('is nothing that every browser can', () => {
    assert.equal(folderWatcher({}), undefined);
  });
});
