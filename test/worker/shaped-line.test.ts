/**
 * Real transfers over lines of given rate and delay. Rates are low and margins wide: engine, line and server share a
 * thread, and that its machine with other tests. The benchmark's case "shaped" measures 100 Mbit/s with a server of
 * its own.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { ShapedDevice, fillOf, worstDeviations } from '../helpers/shaped-device.ts';
import type { LineOptions } from '../helpers/shaping-proxy.ts';
import { startTestServer } from '../server/test-server.ts';

const MIB = 1024 * 1024;
const MBIT = 125_000;
/** Tests that wait more than they work. */
const TOGETHER = { concurrency: true };

async function start(test: TestContext, line: LineOptions): Promise<ShapedDevice> {
  const { port, firstRunToken = '' } = await startTestServer(test);
  return ShapedDevice.start(test, { url: `http://localhost:${port}`, inviteToken: firstRunToken }, line);
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

describe('a long line (8 Mbit/s, 800 ms)', TOGETHER, () => {
  it('is filled both ways', async (test) => {
    const line = { bytesPerSecond: 8 * MBIT, delayMs: 400 };
    const device = await start(test, line);
    const up = await device.backUp(8 * MIB);
    const down = await device.restore(up.snapshotId);
    const fills = [up, down].map(({ passed }) => fillOf(passed, line.bytesPerSecond, 5_000));
    assert.ok(
      fills.every((fill) => fill > 0.4 && fill < 1.02),
      fills.join(),
    );
  });
});

describe('a slow line (1 Mbit/s, 50 ms)', TOGETHER, () => {
  it('is filled both ways, and never more than half a second long', async (test) => {
    const line = { bytesPerSecond: MBIT, delayMs: 25 };
    const device = await start(test, line);
    const up = await device.backUp(1.2 * MIB);
    const down = await device.restore(up.snapshotId);
    for (const { passed, latenciesMs } of [up, down]) {
      assert.ok(fillOf(passed, line.bytesPerSecond, 1_000) > 0.8);
      assert.ok(latenciesMs.length >= 8);
      assert.ok(middleOf(latenciesMs) < 400, latenciesMs.join());
      assert.ok(Math.max(...latenciesMs) < 550 + 400, latenciesMs.join());
    }
  });

  it('that was a fast one a moment ago is so, too, a few seconds later', async (test) => {
    const device = await start(test, { bytesPerSecond: 20 * MBIT, delayMs: 25 });
    await device.backUp(8 * MIB);
    device.proxy.reshape({ bytesPerSecond: MBIT, delayMs: 25 });
    const { latenciesMs } = await device.backUp(1.5 * MIB);
    const later = latenciesMs.slice(-8);
    assert.ok(middleOf(later) < 450, latenciesMs.join());
  });
});

describe('limits', TOGETHER, () => {
  const WIDE = { bytesPerSecond: 100 * MBIT, delayMs: 10 };

  async function limit({ client }: ShapedDevice, bytesPerSecond: number): Promise<void> {
    const limits = { uploadBytesPerSecond: bytesPerSecond, downloadBytesPerSecond: bytesPerSecond };
    await client.engine.setNetworkSettings({ limits, periods: [], pauseOnMetered: false });
  }

  it('are never passed by ten per cent over any five seconds, and used, both ways', async (test) => {
    const device = await start(test, WIDE);
    await limit(device, 400_000);
    const up = await device.backUp(3.5 * MIB);
    const down = await device.restore(up.snapshotId);
    for (const { passed } of [up, down]) {
      const { over, under } = worstDeviations(passed, 400_000);
      assert.ok(over < 0.1 && under < 0.4, `${over} over, ${under} under`);
    }
  });

  it('that are raised hold at once, for what is under way', async (test) => {
    const device = await start(test, WIDE);
    await limit(device, 400_000);
    const raising = setTimeout(() => void limit(device, 4_000_000), 1_500);
    test.after(() => {
      clearTimeout(raising);
    });
    const { ms } = await device.backUp(6 * MIB);
    assert.ok(ms > 2_500 && ms < 12_000, String(ms));
  });
});
