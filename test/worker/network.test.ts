import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { JobId } from '../../shared/ids.ts';
import { secureRandom } from '../../shared/crypto/primitives.ts';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import type { LimitPeriod, NetworkSettings } from '../../web/bridge/network-api.ts';
import { Traffic } from '../../web/worker/connection/traffic.ts';
import { JobList } from '../../web/worker/jobs/job-list.ts';
import { checkSettings, limitsAt } from '../../web/worker/network/limit-schedule.ts';
import { networkInfoOf } from '../../web/worker/network/network-info.ts';
import { Network } from '../../web/worker/network/network.ts';
import { assertRejectsCode, assertThrowsCode } from '../helpers/coded-errors.ts';
import { startDevice } from '../helpers/engine-device.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestServer } from '../server/test-server.ts';
import { picked, signUp } from './engine-client.ts';
import { enginePorts } from './engine-ports.ts';
import { FakeNetwork } from './fake-network.ts';
import { ManualClock } from './manual-clock.ts';

const NONE: NetworkSettings = { limits: {}, periods: [], pauseOnMetered: false };
const ALWAYS = { uploadBytesPerSecond: 1_000_000 };
const DAYTIME = { uploadBytesPerSecond: 100_000, downloadBytesPerSecond: 50_000 };

/** Working days from nine to five. */
const WORK: LimitPeriod = { weekdays: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1_020, limits: DAYTIME };
/** From ten on Saturday evening until two. */
const PARTY: LimitPeriod = { weekdays: [6], fromMinute: 1_320, toMinute: 120, limits: DAYTIME };

/** A local time of the week from Sunday, 7 January 2024 on. */
function at(weekday: number, hours: number, minutes = 0): Date {
  return new Date(2024, 0, 7 + weekday, hours, minutes);
}

describe('a schedule of limits', () => {
  const settings = { limits: ALWAYS, periods: [WORK, PARTY], pauseOnMetered: false };
  const inside: readonly Date[] = [at(1, 9), at(5, 16, 59), at(6, 22), at(6, 23, 59), at(0, 0), at(0, 1, 59)];
  const outside: readonly Date[] = [
    at(1, 8, 59),
    at(5, 17),
    at(6, 12),
    at(6, 21, 59),
    at(0, 2),
    at(0, 22),
    at(1, 1),
  ];

  it('holds from its first minute to before its last, on its weekdays, past midnight if it says so', () => {
    for (const date of inside) assert.equal(limitsAt(settings, date), DAYTIME, String(date));
    for (const date of outside) assert.equal(limitsAt(settings, date), ALWAYS, String(date));
  });

  it('of one whole day ends where it began', () => {
    const day = { ...WORK, weekdays: [2], fromMinute: 600, toMinute: 600 };
    const whole = { ...settings, periods: [day] };
    for (const date of [at(2, 10), at(2, 23), at(3, 0), at(3, 9, 59)])
      assert.equal(limitsAt(whole, date), DAYTIME);
    for (const date of [at(2, 9, 59), at(3, 10)]) assert.equal(limitsAt(whole, date), ALWAYS);
  });

  it('has the first of two periods win', () => {
    const night = { ...WORK, limits: {} };
    assert.deepEqual(limitsAt({ ...settings, periods: [night, WORK] }, at(1, 12)), {});
  });

  it('with numbers out of bounds is refused', () => {
    const wrong: readonly Partial<NetworkSettings>[] = [
      { limits: { uploadBytesPerSecond: 0 } },
      { limits: { downloadBytesPerSecond: NaN } },
      { limits: { downloadBytesPerSecond: Infinity } },
      ...[
        { weekdays: [7] },
        { weekdays: [0.5] },
        { fromMinute: 1_440 },
        { toMinute: -1 },
        { toMinute: 0.5 },
      ].map((change) => ({ periods: [{ ...WORK, ...change }] })),
      { periods: [{ ...WORK, limits: { uploadBytesPerSecond: 1_023 } }] },
    ];
    for (const change of wrong) {
      assertThrowsCode(() => {
        checkSettings({ ...NONE, ...change });
      }, 'internal');
    }
    checkSettings(settings);
  });
});

describe('settings of the network', () => {
  /** A device whose clock stands at a quarter to nine on a Monday. */
  async function device(test: TestContext, settings: NetworkSettings) {
    const clock = new ManualClock(at(1, 8, 45).getTime());
    const { network: store } = enginePorts();
    await store.save(settings);
    const networkInfo = new FakeNetwork();
    const traffic = new Traffic(clock);
    const jobs = new JobList({ clock, random: secureRandom }, () => undefined);
    const network = new Network({ clock, network: store, networkInfo }, traffic, jobs);
    await network.start();
    test.after(() => {
      network.stop();
    });
    return { clock, store, networkInfo, traffic, jobs, network };
  }

  it('hold from the start, change with the time of day, and end with it', async (test) => {
    const { clock, traffic } = await device(test, { limits: ALWAYS, periods: [WORK], pauseOnMetered: false });
    const limits = () => [traffic.upload.bytesPerSecond, traffic.download.bytesPerSecond];
    assert.deepEqual(limits(), [1_000_000, undefined]);
    await clock.advance(14.9 * 60_000);
    assert.deepEqual(limits(), [1_000_000, undefined]);
    await clock.advance(0.2 * 60_000);
    assert.deepEqual(limits(), [100_000, 50_000]);
    await clock.advance(8 * 3_600_000);
    assert.deepEqual(limits(), [1_000_000, undefined]);
  });

  it('that are changed hold at once and are kept', async (test) => {
    const { traffic, network, store } = await device(test, NONE);
    const changed = { ...NONE, limits: DAYTIME };
    await network.setNetworkSettings(changed);
    assert.equal(traffic.upload.bytesPerSecond, 100_000);
    assert.deepEqual(await store.load(), changed);
    await assertRejectsCode(
      network.setNetworkSettings({ ...NONE, limits: { uploadBytesPerSecond: 1 } }),
      'internal',
    );
    assert.deepEqual(await network.networkSettings(), changed);
  });

  it('that another tab changes hold at once, too', async (test) => {
    const { traffic, network, store } = await device(test, NONE);
    await store.save({ ...NONE, limits: DAYTIME });
    await waitFor('the limit', () => traffic.upload.bytesPerSecond);
    assert.deepEqual(await network.networkSettings(), { ...NONE, limits: DAYTIME });
  });

  it('have traffic rest on a metered network only if a person wants that', async (test) => {
    const { traffic, network, networkInfo } = await device(test, NONE);
    networkInfo.become(true);
    assert.equal(traffic.gate.isClosed, false);
    await network.setNetworkSettings({ ...NONE, pauseOnMetered: true });
    assert.equal(traffic.gate.isClosed, true);
    networkInfo.become(false);
    assert.equal(traffic.gate.isClosed, false);
  });
});

describe('what the browser tells of the network', () => {
  it('is metered on a cellular network and when data is to be saved, and nothing where it tells nothing', () => {
    const connection = (facts: object) => ({ connection: Object.assign(new EventTarget(), facts) });
    const isMetered = (facts: object) => networkInfoOf(connection(facts))?.isMetered();
    assert.deepEqual(
      [{ type: 'cellular' }, { saveData: true }, { type: 'wifi', saveData: false }, {}].map(isMetered),
      [true, true, false, false],
    );
    assert.equal(networkInfoOf({}), undefined);
    const { connection: target } = connection({});
    let changes = 0;
    networkInfoOf({ connection: target })?.onChange(() => changes++);
    target.dispatchEvent(new Event('change'));
    assert.equal(changes, 1);
  });
});

describe('a backup on a metered network', () => {
  it('waits, says why, sends nothing, and goes on when the network is another one', async (test) => {
    const server = await startTestServer(test);
    const networkInfo = new FakeNetwork();
    const client = await startDevice(test, `http://localhost:${server.port}`, { networkInfo });
    const inviteToken = server.firstRunToken ?? '';
    await signUp(client, { inviteToken, name: 'Ada', password: 'correct horse battery' });
    await client.engine.setNetworkSettings({ ...NONE, pauseOnMetered: true });
    networkInfo.become(true);
    const files = { 'a.bin': secureRandom(new Uint8Array(60_000)) };
    const jobId = await client.engine.backUp({ sourceName: 'Source', picked: picked(files) });
    const job = await waitFor('the job to wait', async () => waiting(await client.engine.listJobs(), jobId));
    assert.equal(job.problem?.code, 'metered');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { vaultChunks } = await client.engine.serverStatus();
    assert.equal(vaultChunks, 0);
    assert.ok(waiting(await client.engine.listJobs(), jobId));
    networkInfo.become(false);
    const ended = await client.ended(jobId);
    assert.deepEqual([ended.phase, ended.problem], ['done', undefined]);
  });
});

function waiting(jobs: readonly JobProgress[], jobId: JobId): JobProgress | undefined {
  return jobs.find((job) => job.jobId === jobId && job.phase === 'waiting');
}
