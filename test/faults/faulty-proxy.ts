/**
 * A line in front of a server that cuts, delays, stalls, repeats and loses bytes at random. It knows nothing of frames:
 * what it repeats or loses breaks them, and the sides must notice.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { SeededRandom } from '../helpers/seeded-random.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';

/** In a thousand packets so many meet this fault. */
const PER_MILLE = { cut: 3, delay: 40, stall: 2, duplicate: 2, truncate: 2 } as const;
const LONGEST_DELAY_MS = 60;
const LONGEST_STALL_MS = 4_000;

export type LineFault = keyof typeof PER_MILLE;

export interface FaultyProxy {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** How often each fault was met. */
  readonly counts: Record<LineFault, number>;
  /** From now on, also for connections that are open. */
  setFaults(areOn: boolean): void;
  /** Whether the line is there at all. */
  setOnline(isOnline: boolean): void;
}

/** Starts it, at first without faults. It is closed when the test ends. */
export async function startFaultyProxy(
  test: CleanUp,
  targetUrl: string,
  random: SeededRandom,
): Promise<FaultyProxy> {
  const state = { areOn: false, isOnline: true };
  const counts = { cut: 0, delay: 0, stall: 0, duplicate: 0, truncate: 0 };
  const open = new Set<Socket>();
  const draw = (): LineFault | undefined => {
    const fault = state.areOn ? faultOf(random.integer(1_000)) : undefined;
    if (fault !== undefined) counts[fault]++;
    return fault;
  };
  const server = createServer({ noDelay: true }, (client) => {
    if (!state.isOnline) {
      client.on('error', () => undefined).destroy();
      return;
    }
    const target = connect({ host: '127.0.0.1', port: Number(new URL(targetUrl).port), noDelay: true });
    for (const socket of [client, target]) {
      open.add(socket);
      socket.on('error', () => undefined); // a close follows
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    pass(client, target, draw, random);
    pass(target, client, draw, random);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(async () => {
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, 'close');
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    counts,
    setFaults: (areOn) => {
      state.areOn = areOn;
    },
    setOnline: (isOnline) => {
      state.isOnline = isOnline;
      if (!isOnline) for (const socket of open) socket.destroy();
    },
  };
}

function faultOf(luck: number): LineFault | undefined {
  let below = 0;
  for (const [fault, share] of Object.entries(PER_MILLE)) {
    below += share;
    if (luck < below) return fault as LineFault;
  }
  return undefined;
}

function pass(from: Socket, to: Socket, draw: () => LineFault | undefined, random: SeededRandom): void {
  const forward = (bytes: Buffer): void => {
    if (to.destroyed || to.write(bytes)) return;
    from.pause();
    to.once('drain', () => from.resume());
  };
  const hold = (bytes: Buffer, forMs: number): void => {
    from.pause();
    setTimeout(() => {
      forward(bytes);
      from.resume();
    }, forMs);
  };
  const meet: Record<LineFault, (bytes: Buffer) => void> = {
    cut: (bytes) => {
      forward(bytes.subarray(0, random.integer(bytes.length)));
      to.destroySoon();
      from.destroy();
    },
    delay: (bytes) => {
      hold(bytes, random.integer(LONGEST_DELAY_MS));
    },
    stall: (bytes) => {
      hold(bytes, random.integer(LONGEST_STALL_MS));
    },
    duplicate: (bytes) => {
      forward(bytes);
      forward(bytes);
    },
    truncate: (bytes) => {
      forward(bytes.subarray(0, random.integer(bytes.length)));
    },
  };
  from.on('data', (bytes: Buffer) => {
    const fault = draw();
    if (fault === undefined) forward(bytes);
    else meet[fault](bytes);
  });
}
