import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { JobId, SnapshotId } from '../../shared/ids.ts';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import { JobList } from '../../web/worker/jobs/job-list.ts';
import { Job } from '../../web/worker/jobs/job.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { ManualClock } from './manual-clock.ts';

interface Watched {
  readonly job: Job;
  readonly clock: ManualClock;
  readonly reports: JobProgress[];
}

function startJob(): Watched {
  const clock = new ManualClock();
  const reports: JobProgress[] = [];
  const identity = { jobId: 'aa'.repeat(16) as JobId, kind: 'backup', title: 'Docs' } as const;
  const job = new Job(identity, clock, (progress) => reports.push(progress));
  job.connected(true);
  return { job, clock, reports };
}

describe('a job', () => {
  it('ends as what became of its work', async () => {
    const ends: [() => Promise<never> | Promise<undefined>, string, string | undefined][] = [
      [async () => Promise.resolve(undefined), 'done', undefined],
      [async () => Promise.reject(new HoldfastError('storage-damaged')), 'failed', 'storage-damaged'],
      [async () => Promise.reject(new TypeError('oops')), 'failed', 'internal'],
      [async () => Promise.reject(new HoldfastError('cancelled')), 'cancelled', 'cancelled'],
    ];
    for (const [work, phase, code] of ends) {
      const { job, reports } = startJob();
      await job.run(work);
      const last = reports.at(-1);
      assert.deepEqual([last?.phase, last?.problem?.code], [phase, code]);
      assert.ok(last?.endedAtMs !== undefined);
      assert.equal(job.hasEnded, true);
    }
  });

  it('that is cancelled ends so, whatever its work then fails with', async () => {
    const { job } = startJob();
    const running = job.run(async ({ signal }) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      throw new HoldfastError('offline');
    });
    job.cancel();
    await running;
    assert.equal(job.progress().phase, 'cancelled');
    job.cancel(new HoldfastError('locked'));
    job.pause();
    job.enter('running');
    assert.equal(job.progress().phase, 'cancelled');
  });

  it('that is stopped keeps its part; a second time, without the server or of another kind it is cancelled', async () => {
    const stopped = startJob();
    const { job } = stopped;
    const running = job.run(async ({ stopping, gate }) => {
      await new Promise((resolve) => {
        stopping.addEventListener('abort', resolve);
      });
      assert.equal(gate.isClosed, false);
      job.wasCut();
      return { snapshotId: 'bb'.repeat(16) as SnapshotId, receivedAtMs: 1 };
    });
    job.pause();
    job.stop(new HoldfastError('permission-needed'));
    await running;
    const { phase, problem, receipt } = job.progress();
    assert.deepEqual([phase, problem?.code, receipt?.receivedAtMs], ['failed', 'permission-needed', 1]);

    const twice = startJob().job;
    twice.stop();
    assert.deepEqual([twice.stopping.aborted, twice.signal.aborted], [true, false]);
    twice.stop();
    assert.equal(twice.signal.aborted, true);

    const offline = startJob().job;
    offline.connected(false);
    offline.stop();
    assert.deepEqual([offline.stopping.aborted, offline.signal.aborted], [false, true]);

    const identity = { jobId: 'aa'.repeat(16) as JobId, kind: 'restore', title: 'Docs' } as const;
    const restore = new Job(identity, new ManualClock(), () => undefined);
    restore.stop();
    assert.equal(restore.signal.aborted, true);
  });

  it('counts exactly once: what an estimate says later is not heard', () => {
    const { job } = startJob();
    job.count({ files: 10, bytes: 1_000 });
    job.add({ files: 11, bytes: 1_100 });
    const { filesTotal, bytesTotal } = job.progress();
    assert.deepEqual([filesTotal, bytesTotal], [11, 1_100]);
    job.count({ files: 20, bytes: 2_000 }, true);
    job.count({ files: 15, bytes: 1_500 });
    assert.equal(job.progress().filesTotal, 20);
  });

  it('tells a few times a second at most, and its ends at once', async () => {
    const { job, clock, reports } = startJob();
    await clock.advance(1_000);
    const before = reports.length;
    for (let n = 0; n < 100; n++) job.add({ bytes: 10 });
    assert.equal(reports.length - before, 1);
    await clock.advance(200);
    job.add({ bytes: 10 });
    assert.equal(reports.length - before, 2);
    job.add({ bytes: 10 });
    await job.run(async () => Promise.resolve(undefined));
    assert.equal(reports.at(-1)?.bytesDone, 1_020);
  });

  it('tells its speed and the time that is left', async () => {
    const { job, clock } = startJob();
    job.count({ files: 1, bytes: 1_000 });
    for (let second = 1; second <= 4; second++) {
      await clock.advance(1_000);
      job.add({ bytes: 100 });
    }
    const { bytesPerSecond, secondsLeft } = job.progress();
    assert.equal(bytesPerSecond, 100);
    assert.equal(secondsLeft, 6);
  });

  it('counts every problem and keeps the first thousand', () => {
    const { job } = startJob();
    for (let n = 0; n < 1_200; n++)
      job.problem(new HoldfastError('source-unreadable'), ['folder', String(n)]);
    const { problems, problemsTotal } = job.progress();
    assert.deepEqual([problems.length, problemsTotal], [1_000, 1_200]);
    assert.deepEqual([problems[0]?.path, problems[999]?.path], ['folder/0', 'folder/999']);
  });

  it('holds its work while it is paused', async () => {
    const { job } = startJob();
    job.enter('running');
    job.pause();
    assert.equal(job.progress().phase, 'paused');
    let passed = false;
    const passing = job.gate.pass(job.signal).then(() => (passed = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(passed, false);
    job.resume();
    await passing;
    assert.equal(job.progress().phase, 'running');
  });

  it('that is paused can be cancelled', async () => {
    const { job } = startJob();
    const running = job.run(async ({ gate, signal }) => {
      await gate.pass(signal);
      return undefined;
    });
    job.pause();
    const held = assertRejectsCode(job.gate.pass(job.signal), 'cancelled');
    job.cancel();
    await Promise.all([held, running]);
  });

  it('says that it waits while there is no connection, and what it does again afterwards', () => {
    const { job, reports } = startJob();
    job.enter('running');
    job.connected(false);
    assert.equal(reports.at(-1)?.phase, 'waiting');
    job.connected(true);
    assert.equal(reports.at(-1)?.phase, 'running');
  });

  it('gives copies: what was told doesn’t change afterwards', () => {
    const { job } = startJob();
    const before = job.progress();
    job.problem(new HoldfastError('source-unreadable'), ['x']);
    job.add({ files: 1 });
    assert.deepEqual([before.problems.length, before.filesDone], [0, 0]);
  });
});

describe('the list of jobs', () => {
  function newList(): JobList {
    return new JobList({ clock: new ManualClock(), random: secureRandom }, () => undefined);
  }

  it('keeps of those that have ended what is told of the last, and all of those that run', async () => {
    const jobs = newList();
    let finish: () => void = () => undefined;
    const running = jobs.start('backup', 'runs', async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return undefined;
    });
    const ended: JobId[] = [];
    for (let n = 0; n < 60; n++) {
      ended.push(jobs.start('restore', String(n), async () => Promise.resolve(undefined)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(
      jobs.list().map(({ jobId }) => jobId),
      [...ended.slice(-50), running],
    );
    assert.ok(jobs.find(running));
    assert.equal(jobs.find(ended.at(-1) ?? running), undefined);
    finish();
  });

  it('cancels all with one reason', async () => {
    const jobs = newList();
    const start = (): JobId =>
      jobs.start('backup', '', async ({ signal }) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        signal.throwIfAborted();
        return undefined;
      });
    start();
    start();
    jobs.cancelAll(new HoldfastError('locked'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      jobs.list().map(({ phase, problem }) => [phase, problem?.code]),
      [
        ['failed', 'locked'],
        ['failed', 'locked'],
      ],
    );
  });
});
