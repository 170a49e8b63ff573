/** The engine in Node behind a shaped line: backs up and restores over it, and tells how that went. */
import { secureRandom } from '../../shared/crypto/primitives.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { picked, signUp } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';
import { backUp, restoreZip, snapshotOf, startDevice } from './engine-device.ts';
import { startShapingProxy } from './shaping-proxy.ts';
import type { LineOptions, Passed, ShapingProxy } from './shaping-proxy.ts';
import type { CleanUp } from './temp-dir.ts';

const RANDOM_AT_ONCE_BYTES = 65_536;
/** At a transfer's beginning and end there isn't always something to send. */
const EDGE_MS = 1_000;

/** How a transfer went. */
export interface Transfer {
  readonly ms: number;
  /** What came out of the line in the transfer's direction. */
  readonly passed: readonly Passed[];
  /** How long the beats of that time took to be answered. */
  readonly latenciesMs: readonly number[];
}

export class ShapedDevice {
  readonly client: EngineClient;
  readonly proxy: ShapingProxy;
  #transfers = 0;

  private constructor(client: EngineClient, proxy: ShapingProxy) {
    this.client = client;
    this.proxy = proxy;
  }

  /** A device with an account, which reaches the server at `url` (http) over the line only. */
  static async start(
    test: CleanUp,
    server: { readonly url: string; readonly inviteToken: string },
    line: LineOptions,
  ): Promise<ShapedDevice> {
    const proxy = await startShapingProxy(test, server.url, line);
    const client = await startDevice(test, proxy.url);
    const { inviteToken } = server;
    await signUp(client, { inviteToken, name: 'Shaped', password: 'a long password for a test' });
    return new ShapedDevice(client, proxy);
  }

  /** Backs up so many random bytes. */
  async backUp(sizeBytes: number): Promise<Transfer & { readonly snapshotId: SnapshotId }> {
    const name = `${++this.#transfers}.bin`;
    const source = picked({ [name]: randomBytes(sizeBytes) });
    const { result, ...transfer } = await this.#watch(this.proxy.up, async () =>
      backUp(this.client, name, source),
    );
    return { ...transfer, snapshotId: snapshotOf(result) };
  }

  /** Restores all of a snapshot. Throws if a file is left out. */
  async restore(snapshotId: SnapshotId): Promise<Transfer> {
    const { result, ...transfer } = await this.#watch(this.proxy.down, async () =>
      restoreZip(this.client, snapshotId),
    );
    const { phase, problems } = result.job;
    if (phase !== 'done' || problems.length > 0)
      throw new Error(`The restore is ${phase}: ${JSON.stringify(problems)}`);
    return transfer;
  }

  async #watch<T>(passed: Passed[], work: () => Promise<T>): Promise<Transfer & { readonly result: T }> {
    passed.length = 0;
    const before = this.client.events.length;
    const startedAtMs = performance.now();
    const result = await work();
    const latenciesMs = this.client.events.slice(before).flatMap((event) => {
      const isBeat = event.type === 'connection' && event.connection.kind === 'online';
      return isBeat && event.connection.latencyMs !== undefined ? [event.connection.latencyMs] : [];
    });
    return { ms: performance.now() - startedAtMs, passed: [...passed], latenciesMs, result };
  }
}

/** The part of the line that was used from `skipMs` after the first byte to so long before the last, from 0 to 1. */
export function fillOf(passed: readonly Passed[], bytesPerSecond: number, skipMs: number): number {
  const fromMs = (passed[0]?.atMs ?? 0) + skipMs;
  const toMs = (passed.at(-1)?.atMs ?? 0) - skipMs;
  return bytesBetween(passed, fromMs, toMs) / ((bytesPerSecond * (toMs - fromMs)) / 1_000);
}

/** How far the bytes of any `windowMs` are above and below what the limit allows in it, at worst, as parts of it. */
export function worstDeviations(
  passed: readonly Passed[],
  bytesPerSecond: number,
  windowMs = 5_000,
): { readonly over: number; readonly under: number } {
  const [firstMs, lastMs] = [passed[0], passed.at(-1)].map((each) => each?.atMs ?? NaN) as [number, number];
  const allowed = (bytesPerSecond * windowMs) / 1_000;
  const deviations: number[] = [];
  for (let fromMs = firstMs + EDGE_MS; fromMs + windowMs <= lastMs - EDGE_MS; fromMs += 100) {
    deviations.push(bytesBetween(passed, fromMs, fromMs + windowMs) / allowed - 1);
  }
  return { over: Math.max(...deviations), under: -Math.min(...deviations) };
}

function bytesBetween(passed: readonly Passed[], fromMs: number, toMs: number): number {
  return passed
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += RANDOM_AT_ONCE_BYTES) {
    secureRandom(bytes.subarray(start, start + RANDOM_AT_ONCE_BYTES));
  }
  return bytes;
}
