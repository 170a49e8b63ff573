import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../server/ports.ts';
import { systemDisk } from '../../server/store/disk/segment-writer.ts';
import { wakefulDisk } from '../../server/store/disk/wakeful-disk.ts';

/** Rings when the test says so. */
function alarmClock(): Clock & { readonly waiting: (() => void)[]; ring(): void } {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    nowMs: () => 0,
    after: (_, run) => {
      waiting.push(run);
      return () => undefined;
    },
    ring: () => {
      for (const run of waiting.splice(0)) run();
    },
  };
}

/** Does what it is asked only once it is woken: a thread pool that has lost the signal. */
function forgetfulDisk() {
  const asleep: (() => void)[] = [];
  const forget = () => new Promise<void>((resolve) => void asleep.push(resolve));
  const disk = { ...systemDisk, fdatasync: forget, readv: () => forget().then(() => 7) };
  const wake = () => {
    for (const go of asleep.splice(0)) go();
  };
  return { disk, wake };
}

test('a read and a sync that the thread pool has forgotten are done all the same', async () => {
  const [clock, { disk, wake }] = [alarmClock(), forgetfulDisk()];
  const wakeful = wakefulDisk(disk, clock, wake);
  const both = Promise.all([wakeful.fdatasync(0), wakeful.readv(0, [], 0)]);
  assert.equal(clock.waiting.length, 1, 'one alarm for all that is under way');
  clock.ring();
  assert.deepEqual(await both, [undefined, 7]);
});

test('a pool with nothing to do is left asleep, and watched again with the next call', async () => {
  const [clock, { disk, wake }] = [alarmClock(), forgetfulDisk()];
  let woken = 0;
  const wakeful = wakefulDisk(disk, clock, () => {
    woken++;
    wake();
  });
  for (let call = 1; call <= 2; call++) {
    const synced = wakeful.fdatasync(0);
    clock.ring();
    await synced;
    assert.equal(woken, call);
    clock.ring();
    assert.equal(woken, call);
    assert.equal(clock.waiting.length, 0);
  }
});

test('what a watched call throws is thrown, and watching it ends', async () => {
  const clock = alarmClock();
  const failure = new Error('EIO');
  const wakeful = wakefulDisk({ ...systemDisk, fdatasync: () => Promise.reject(failure) }, clock, () => {
    assert.fail('nothing is under way');
  });
  await assert.rejects(wakeful.fdatasync(0), failure);
  clock.ring();
  assert.equal(clock.waiting.length, 0);
});
