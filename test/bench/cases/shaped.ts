/**
 * Lines of given rate and delay, which a proxy imitates: how full they are, how long the queue is, how well limits
 * are kept. The engine runs in this process, in Node: what is measured is how it keeps its pace, not how fast it is.
 */
import { ShapedDevice, fillOf, worstDeviations } from '../../helpers/shaped-device.ts';
import type { Transfer } from '../../helpers/shaped-device.ts';
import type { LineOptions } from '../../helpers/shaping-proxy.ts';
import { startServer } from '../../helpers/server.ts';
import type { Measurement } from '../measurement.ts';
import { median } from '../report.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';

const MIB = 1024 * 1024;
const MBIT_BYTES_PER_SECOND = 125_000;

const FAT: LineOptions = { bytesPerSecond: 100 * MBIT_BYTES_PER_SECOND, delayMs: 100 };
const SLOW: LineOptions = { bytesPerSecond: MBIT_BYTES_PER_SECOND, delayMs: 25 };
const WIDE: LineOptions = { bytesPerSecond: 100 * MBIT_BYTES_PER_SECOND, delayMs: 10 };
const LIMIT_BYTES_PER_SECOND = 500_000;
/** Long enough to have begun and, before the end, not to be ending. */
const EDGE_MS = 2_500;

export async function runShaped(say: (text: string) => void): Promise<Measurement[]> {
  say('A long fat line …');
  const fat = await overLine(FAT, 160 * MIB);
  say('A slow line …');
  const slow = await overLine(SLOW, 3 * MIB);
  say('Limits …');
  const limited = await overLine(WIDE, 10 * MIB, LIMIT_BYTES_PER_SECOND);
  return (['upload', 'restore'] as const).flatMap((way) => [
    ...fatFigures(way, fat[way]),
    ...slowFigures(way, slow[way]),
    percent(
      `limited ${way} off by`,
      farthest(worstDeviations(limited[way].passed, LIMIT_BYTES_PER_SECOND)),
      'at worst over any 5 s, limit 0.5 MB/s',
    ),
  ]);
}

type Way = 'upload' | 'restore';

/** A backup of random bytes, and its restore. */
async function overLine(
  line: LineOptions,
  sizeBytes: number,
  limit?: number,
): Promise<Readonly<Record<Way, Transfer>>> {
  return withScope(async (scope) => {
    const server = await startServer(scope);
    const inviteToken = await server.firstRunToken();
    const device = await ShapedDevice.start(scope, { url: server.url, inviteToken }, line);
    if (limit !== undefined) {
      const limits = { uploadBytesPerSecond: limit, downloadBytesPerSecond: limit };
      await device.client.engine.setNetworkSettings({ limits, periods: [], pauseOnMetered: false });
    }
    await settle();
    const upload = await device.backUp(sizeBytes);
    await settle();
    return { upload, restore: await device.restore(upload.snapshotId) };
  });
}

function fatFigures(way: Way, { passed, ms }: Transfer): Measurement[] {
  const note = '100 Mbit/s, 200 ms round trip';
  const bytes = passed.reduce((sum, each) => sum + each.bytes, 0);
  return [
    percent(`fat line ${way} fill`, fillOf(passed, FAT.bytesPerSecond, EDGE_MS), note),
    percent(
      `fat line ${way} fill from the call to the end`,
      (bytes * 1_000) / (FAT.bytesPerSecond * ms),
      note,
    ),
  ];
}

function slowFigures(way: Way, { passed, latenciesMs }: Transfer): Measurement[] {
  const note = '1 Mbit/s, 50 ms round trip';
  const queues = latenciesMs.map((latencyMs) => latencyMs - 2 * SLOW.delayMs);
  return [
    percent(`slow line ${way} fill`, fillOf(passed, SLOW.bytesPerSecond, EDGE_MS), note),
    { name: `slow line ${way} queue`, value: median(queues), unit: 'ms', note },
    { name: `slow line ${way} longest queue`, value: Math.max(...queues), unit: 'ms', note },
  ];
}

function percent(name: string, part: number, note: string): Measurement {
  return { name, value: part * 100, unit: '%', note };
}

function farthest({ over, under }: ReturnType<typeof worstDeviations>): number {
  return Math.max(over, under);
}
