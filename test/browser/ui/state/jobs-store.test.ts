import { assert } from 'chai';
import type { JobId } from '../../../../shared/ids.ts';
import { isOver, JobsStore } from '../../../../web/state/jobs-store.ts';
import type { JobPhase } from '../../../../web/bridge/engine-api.ts';
import { FakeEngine, fakeJob } from '../fake-engine.ts';

const first = '01'.repeat(16) as JobId;
const second = '02'.repeat(16) as JobId;

function store() {
  const clock = { nowMs: 1_000_000 };
  const engine = new FakeEngine();
  return { clock, engine, jobs: new JobsStore(engine, () => clock.nowMs) };
}

describe('jobs', () => {
  it('come newest first, each once', () => {
    const { jobs } = store();
    jobs.set(fakeJob({ jobId: first }));
    jobs.set(fakeJob({ jobId: second }));
    jobs.set(fakeJob({ jobId: first, filesDone: 7 }));
    assert.deepEqual(
      jobs.jobs.value.map(({ progress }) => progress.jobId),
      [second, first],
    );
    assert.equal(jobs.find(first)?.progress.filesDone, 7);
  });

  it('keep the page busy until all are over', () => {
    const { jobs } = store();
    const phases: readonly JobPhase[] = [
      'scanning',
      'running',
      'paused',
      'waiting',
      'committing',
      'done',
      'cancelled',
      'failed',
    ];
    assert.deepEqual(phases.filter(isOver), ['done', 'cancelled', 'failed']);
    jobs.set(fakeJob({ jobId: first, phase: 'paused' }));
    assert.isTrue(jobs.isBusy);
    jobs.set(fakeJob({ jobId: first, phase: 'done' }));
    assert.isFalse(jobs.isBusy);
  });

  it('sample the speed about once a second, and nothing while paused', () => {
    const { clock, jobs } = store();
    for (let i = 0; i < 100; i++) {
      clock.nowMs += 100;
      jobs.set(fakeJob({ jobId: first, bytesPerSecond: 50 }));
    }
    clock.nowMs += 1_000;
    jobs.set(fakeJob({ jobId: first, phase: 'paused', bytesPerSecond: 50 }));
    const speeds = jobs.find(first)?.speeds ?? [];
    assert.isAtLeast(speeds.length, 10);
    assert.isAtMost(speeds.length, 13);
    assert.equal(speeds.at(-1)?.bytesPerSecond, 0);
  });

  it('keep a bounded number of samples', () => {
    const { clock, jobs } = store();
    for (let i = 0; i < 1_000; i++) {
      clock.nowMs += 1_000;
      jobs.set(fakeJob({ jobId: first }));
    }
    assert.isAtMost(jobs.find(first)?.speeds.length ?? 0, 180);
  });

  it('stay away once dismissed, whatever the engine still says of them', () => {
    const { jobs } = store();
    jobs.set(fakeJob({ jobId: first, phase: 'done' }));
    jobs.dismiss(first);
    jobs.set(fakeJob({ jobId: first, phase: 'done' }));
    assert.isEmpty(jobs.jobs.value);
  });

  it('are all stopped by “stop all”, except those that are over', async () => {
    const { engine, jobs } = store();
    jobs.set(fakeJob({ jobId: first, phase: 'done' }));
    jobs.set(fakeJob({ jobId: second }));
    await jobs.cancelAll();
    assert.deepEqual(engine.callsOf('cancelJob'), [second]);
  });
});
