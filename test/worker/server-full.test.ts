/** A server that is there and has no room: what is under way says so, is kept, and goes on by itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { ErrorCode } from '../../shared/errors.ts';
import { backUp, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { waitFor } from '../helpers/wait.ts';
import { startWireProxy } from '../helpers/wire-proxy.ts';
import type { Between } from '../helpers/wire-proxy.ts';
import { online, picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { memorySessions } from './engine-ports.ts';

const PIECE_FIELDS_BYTES = 39;

/** What the server answers to chunks; undefined while it has room. */
interface Room {
  refusal: ErrorCode | undefined;
}

/** Refuses chunks for as long as there is no room, as a server does: the credit for them comes back. */
function refusing(room: Room): Between {
  const refused = new Set<number>();
  return {
    fromClient: (message, requestId, line) => {
      if (message.type !== 'put-piece' || (room.refusal === undefined && !refused.has(requestId))) {
        line.toServer(message, requestId);
        return;
      }
      line.toClient({ type: 'credit', bytes: PIECE_FIELDS_BYTES + message.sealed.length }, 0);
      if (refused.has(requestId)) return;
      refused.add(requestId);
      const code = room.refusal ?? 'internal';
      line.toClient({ type: 'error', code, detail: '', retryAfterMs: 200 }, requestId);
    },
  };
}

interface Device {
  readonly client: EngineClient;
  readonly server: RunningServer;
  readonly room: Room;
}

async function signedUp(test: TestContext): Promise<Device> {
  const server = await startServer(test);
  const proxy = await startWireProxy(test, server.url);
  const room: Room = { refusal: undefined };
  proxy.use(refusing(room));
  const sessions = memorySessions();
  const first = await startDevice(test, server.url, { sessions });
  await signUp(first, {
    inviteToken: await server.firstRunToken(),
    name: 'Ada',
    password: 'Violett blühn die Disteln 7',
  });
  first.engine.stop();
  const client = await startDevice(test, proxy.url, { sessions });
  await online(client);
  return { client, server, room };
}

const FILES = { 'a.bin': seededRandom(1).bytes(700_000) };

describe('while a server has no room', () => {
  for (const code of ['storage-full', 'quota-exceeded'] as const) {
    it(`a backup waits and says so (${code}), and is done once there is some`, async (test) => {
      const { client, room } = await signedUp(test);
      room.refusal = code;
      const jobId = await client.engine.backUp({ sourceName: 'Documents', picked: picked(FILES) });
      const waiting = await waitFor('the backup to wait', async () =>
        (await client.engine.listJobs()).find((job) => job.phase === 'waiting' && job.problem?.code === code),
      );
      assert.match(waiting.problem?.words ?? '', /goes on by itself/);
      room.refusal = undefined;
      const { phase, problem } = await client.ended(jobId);
      assert.deepEqual([phase, problem], ['done', undefined]);
    });
  }

  it('the queue keeps what it sends and says what it waits for, and is empty once there is some', async (test) => {
    const { client, server, room } = await signedUp(test);
    const { engine } = client;
    await server.kill();
    const job = await backUp(client, 'Documents', picked(FILES));
    assert.equal(job.phase, 'queued');
    room.refusal = 'storage-full';
    await server.restart();
    engine.retryNow();
    const held = await waitFor('the queue to wait for room', async () =>
      (await engine.outbox()).queue.find(({ problem }) => problem?.code === 'storage-full'),
    );
    assert.deepEqual([held.jobId, held.state, held.sentBytes], [job.jobId, 'sending', 0]);
    room.refusal = undefined;
    const receipt = await waitFor('the receipt', async () => (await engine.outbox()).receipts[0], 30_000);
    assert.equal(receipt.jobId, job.jobId);
    assert.deepEqual((await engine.outbox()).queue, []);
  });
});
