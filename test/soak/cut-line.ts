/** A line in front of another that can be cut for a while: nobody gets through, and who was through is thrown out. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { CleanUp } from '../helpers/temp-dir.ts';

export interface CutLine {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** From now on, or not any more. */
  setCut(isCut: boolean): void;
}

/** Starts it, whole at first. It is closed when the test ends. */
export async function startCutLine(test: CleanUp, targetUrl: string): Promise<CutLine> {
  const open = new Set<Socket>();
  const state = { isCut: false };
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined); // a close follows
    if (state.isCut) {
      client.destroy();
      return;
    }
    const target = connect({ host: '127.0.0.1', port: Number(new URL(targetUrl).port), noDelay: true });
    target.on('error', () => undefined);
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(async () => {
    server.close();
    endAll();
    await once(server, 'close');
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    setCut: (isCut) => {
      state.isCut = isCut;
      if (isCut) endAll();
    },
  };
}
