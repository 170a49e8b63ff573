/**
 * A line of a given rate, delay and queue in front of a server: what a slow or distant network does to TCP.
 * Bytes pass as they are. Each way has a bottleneck that sends one byte after another, a queue before it that
 * takes no more once it is full, and a stretch behind it that takes its time.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { CleanUp } from './temp-dir.ts';

export interface LineOptions {
  /** Either way. */
  readonly bytesPerSecond: number;
  /** One way. */
  readonly delayMs: number;
  /** What the bottleneck holds before it lets the sender wait; default: a quarter of a second's bytes. */
  readonly queueBytes?: number;
}

/** Bytes that came out of one way, and when. */
export interface Passed {
  readonly atMs: number;
  readonly bytes: number;
}

export interface ShapingProxy {
  /** `http://localhost:PORT`: what a client connects to instead of the server's address. */
  readonly url: string;
  /** What has passed towards the server and towards the client, since this was last emptied. */
  readonly up: Passed[];
  readonly down: Passed[];
  /** Another line from now on, for connections that are open, too. */
  reshape(options: LineOptions): void;
}

/** Starts a proxy in front of `targetUrl` (http). It is closed when the test ends. */
export async function startShapingProxy(
  test: CleanUp,
  targetUrl: string,
  options: LineOptions,
): Promise<ShapingProxy> {
  const line = { ...options };
  const up: Passed[] = [];
  const down: Passed[] = [];
  const open = new Set<Socket>();
  const targetPort = Number(new URL(targetUrl).port);
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    open.add(client).add(target);
    new Way(client, target, line, up).start();
    new Way(target, client, line, down).start();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    up,
    down,
    reshape: (next) => Object.assign(line, { queueBytes: undefined }, next),
  };
}

interface Slice {
  readonly bytes: Buffer;
  /** When it has left the bottleneck, and when it is at the other end. */
  readonly leavesAtMs: number;
  readonly arrivesAtMs: number;
}

const SLICE_BYTES = 4_096;
const QUEUE_SECONDS = 0.25;

/** One direction of one connection. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #line: LineOptions;
  readonly #passed: Passed[];
  /** In the queue and on the stretch behind the bottleneck, oldest first. */
  readonly #slices: Slice[] = [];
  #freeAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(from: Socket, to: Socket, line: LineOptions, passed: Passed[]) {
    this.#from = from;
    this.#to = to;
    this.#line = line;
    this.#passed = passed;
  }

  start(): void {
    this.#from.on('data', (data: Buffer) => {
      this.#take(data);
    });
    this.#from.on('error', () => undefined); // a `close` follows
    this.#from.on('close', () => {
      this.#ended = true;
      this.#schedule();
    });
  }

  #take(data: Buffer): void {
    const { bytesPerSecond, delayMs } = this.#line;
    for (let start = 0; start < data.length; start += SLICE_BYTES) {
      const bytes = data.subarray(start, start + SLICE_BYTES);
      const leavesAtMs =
        Math.max(performance.now(), this.#freeAtMs) + (bytes.length * 1_000) / bytesPerSecond;
      this.#freeAtMs = leavesAtMs;
      this.#slices.push({ bytes, leavesAtMs, arrivesAtMs: leavesAtMs + delayMs });
    }
    this.#holdBack();
    this.#schedule();
  }

  /** Has the sender wait while the queue is full. */
  #holdBack(): void {
    const { bytesPerSecond, queueBytes = bytesPerSecond * QUEUE_SECONDS } = this.#line;
    const queuedMs = this.#freeAtMs - performance.now();
    if ((queuedMs * bytesPerSecond) / 1_000 > queueBytes) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }

  /** Looks again in a moment; timers are whole milliseconds. */
  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#deliver();
      this.#holdBack();
      if (this.#slices.length > 0 || this.#from.isPaused()) this.#schedule();
    }, 1);
  }

  #deliver(): void {
    const nowMs = performance.now();
    const later = this.#slices.findIndex(({ arrivesAtMs }) => arrivesAtMs > nowMs);
    const arrived = this.#slices.splice(0, later === -1 ? this.#slices.length : later);
    for (const { bytes } of arrived) {
      this.#passed.push({ atMs: nowMs, bytes: bytes.length });
      if (!this.#to.destroyed) this.#to.write(bytes);
    }
    if (this.#ended && this.#slices.length === 0) this.#to.end();
  }
}
