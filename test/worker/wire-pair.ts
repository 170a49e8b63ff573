/** A connection to a scripted server, and chunks to send over it. */
import type { TestContext } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import { WireConnection } from '../../web/worker/connection/wire-connection.ts';
import type { Piece } from '../../web/worker/connection/wire-connection.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { openSocket } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { Script, ScriptedConnection } from './scripted-server.ts';

export const MIB = 1024 * 1024;
export const CHUNK = 'ab'.repeat(32) as ChunkId;

export interface Pair {
  readonly connection: WireConnection;
  readonly server: ScriptedConnection;
  readonly clock: ManualClock;
}

/** A connection that has been welcomed, with its other end. */
export async function connect(test: TestContext, script?: Script): Promise<Pair> {
  const clock = new ManualClock();
  const listening = await startScriptedServer(test, script);
  const { connection } = await WireConnection.open(listening.url, { openSocket, clock, checksum });
  test.after(() => {
    connection.close(new HoldfastError('cancelled'));
  });
  return { connection, server: await listening.connection(), clock };
}

export function piecesOf(count: number, sizeBytes = 100_000): Piece[] {
  return Array.from({ length: count }, (_, index) => {
    const sealed = seededRandom(index).bytes(sizeBytes);
    return { index, last: index === count - 1, checksum: checksum(sealed), sealed };
  });
}

/** Time for messages under way to arrive, where a test waits for something not to happen. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
