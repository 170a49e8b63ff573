/**
 * A whole engine against a server that lies about what it has done: acknowledged what it never kept, lacks for ever
 * what it was sent, hides, rolls back, forks. The backup or the next look says so; nothing goes on for ever.
 */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import type { ErrorCode } from '../../shared/errors.ts';
import type { RefPageId, SnapshotId } from '../../shared/ids.ts';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import { backUp, restoreFolder, seenSnapshot, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { account } from '../helpers/vault-to-attack.ts';
import { waitFor } from '../helpers/wait.ts';
import { startWireProxy } from '../helpers/wire-proxy.ts';
import type { Between, FromClient, FromServer, Line, WireProxy } from '../helpers/wire-proxy.ts';
import { startTestServer } from '../server/test-server.ts';
import { picked, signUp } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';
import { memorySessions } from '../worker/engine-ports.ts';

type Type = FromClient['type'];
/** Answers requests of one type itself; undefined asks the server. */
type Answer = (message: FromClient) => FromServer | 'nothing' | undefined;

/** A server that lies in its answers to some requests. */
function answering(lies: Partial<Record<Type, Answer>>): Between {
  return {
    fromClient: (message, requestId, line) => {
      const answer = lies[message.type]?.(message);
      if (answer === undefined) line.toServer(message, requestId);
      else if (answer !== 'nothing') line.toClient(answer, requestId);
    },
  };
}

/** A server that tells of changes what `lie` makes of them. */
function telling(lie: (changes: Changes) => Changes): Between {
  return {
    fromServer: (message: FromServer, requestId: number, line: Line) => {
      line.toClient(message.type === 'changes' ? lie(message) : message, requestId);
    },
  };
}

type Changes = Extract<FromServer, { readonly type: 'changes' }>;

/** Takes every chunk, keeps none, and says that it is stored. */
const forgetChunk: Answer = (message) => {
  if (message.type !== 'put-piece') return undefined;
  return message.last ? { type: 'chunk-stored', existed: false } : 'nothing';
};

describe('a server that lies', () => {
  const suite = suiteCleanUp();
  const sessions = memorySessions();
  let proxy: WireProxy;
  let client: EngineClient;
  let number = 0;

  before(async () => {
    const { port, firstRunToken = '' } = await startTestServer(suite);
    proxy = await startWireProxy(suite, `http://127.0.0.1:${String(port)}`);
    client = await startDevice(suite, proxy.url, { sessions });
    await signUp(client, { inviteToken: firstRunToken, ...account });
  });

  beforeEach(() => {
    proxy.use({});
  });

  /** Content that no vault has yet. */
  function fresh() {
    number += 1;
    return { 'a file.bin': seededRandom(1_000 + number).bytes(300_000) };
  }

  async function backUpFresh(device = client, source = `Source ${String(number)}`): Promise<JobProgress> {
    return backUp(device, source, picked(fresh()));
  }

  function codeOf({ phase, problem }: JobProgress): string | undefined {
    return phase === 'done' ? 'done' : problem?.code;
  }

  /** A device of the account that knows nothing yet. */
  async function newDevice(): Promise<EngineClient> {
    const device = await startDevice(suite, proxy.url, { sessions });
    await waitFor('the connection', () => device.events.find(isOnline));
    return device;
  }

  function isOnline(event: EngineClient['events'][number]): boolean {
    return event.type === 'connection' && event.connection.kind === 'online';
  }

  async function assertAlarm(device: EngineClient, code: ErrorCode): Promise<void> {
    const alarm = await waitFor('the alarm', () => device.events.find(({ type }) => type === 'alarm'));
    assert.equal(alarm.type === 'alarm' && alarm.problem.code, code);
  }

  describe('about what it keeps', () => {
    it('is found out at the end of a backup if it kept no chunk, and the backup fails', async () => {
      proxy.use(answering({ 'put-piece': forgetChunk }));
      assert.equal(codeOf(await backUpFresh()), 'snapshot-incomplete');
    });

    it('costs nothing if it lost chunks that it had acknowledged: they are sent again', async () => {
      let lost = 0;
      const once: Answer = (message) => (lost++ === 0 ? forgetChunk(message) : undefined);
      proxy.use(answering({ 'put-piece': once }));
      const files = fresh();
      const snapshotId = snapshotOf(await backUp(client, 'Lost once', picked(files)));
      assert.ok(lost > 1);
      const { folder } = await restoreFolder(client, snapshotId);
      assert.deepEqual(folder.contents().get('a file.bin'), files['a file.bin']);
    });

    it('is found out if it accepted a snapshot that it doesn’t have', async () => {
      proxy.use(
        answering({
          'put-piece': forgetChunk,
          'put-refs': () => ({ type: 'done' }),
          'commit-snapshot': () => ({ type: 'snapshot-accepted', seq: 1, receivedAtMs: 1 }),
        }),
      );
      assert.equal(codeOf(await backUpFresh()), 'snapshot-missing');
    });

    it('is found out by verifying if it gives back what it kept no more', async () => {
      const snapshotId = snapshotOf(await backUpFresh());
      const missing: FromServer = {
        type: 'error',
        code: 'chunk-missing',
        detail: '',
        retryAfterMs: undefined,
      };
      proxy.use(answering({ 'get-chunk': () => missing }));
      const { problems } = await client.ended(await client.engine.verify(snapshotId, 'full'));
      assert.ok(problems.length > 0);
      for (const { code } of problems) assert.equal(code, 'chunk-missing');
    });

    it('can’t have a client send for ever what it says to lack', async () => {
      let asked = 0;
      const lacking: Answer = (message) => {
        asked += 1;
        return message.type === 'put-refs' ? { type: 'refs-missing', chunkIds: message.chunkIds } : undefined;
      };
      proxy.use(answering({ 'put-refs': lacking }));
      assert.equal(codeOf(await backUpFresh()), 'snapshot-incomplete');
      assert.ok(asked <= 6, String(asked));
    });

    it('can’t have a client commit for ever, by pages that are none or go missing again', async () => {
      for (const unknown of [true, false]) {
        let asked = 0;
        const lacking: Answer = (message) => {
          asked += 1;
          if (message.type !== 'commit-snapshot') return undefined;
          const refPages = unknown ? ['ab'.repeat(32) as RefPageId] : message.refPages;
          return { type: 'snapshot-missing-pages', refPages };
        };
        proxy.use(answering({ 'commit-snapshot': lacking }));
        assert.equal(codeOf(await backUpFresh()), 'snapshot-incomplete');
        assert.ok(asked <= 6, String(asked));
      }
    });
  });

  describe('about its history', () => {
    it('is found out if it hides the snapshot that it has just accepted', async () => {
      proxy.use(telling((changes) => ({ ...changes, snapshots: [] })));
      assert.equal(codeOf(await backUpFresh()), 'snapshot-missing');
    });

    it('is found out if it goes back behind what a device saw', async () => {
      const device = await newDevice();
      await seenSnapshot(device, snapshotOf(await backUpFresh()));
      proxy.use(telling((changes) => ({ ...changes, nextSeq: 1, headSeq: 1, snapshots: [] })));
      proxy.toAll((line) => {
        line.toClient({ type: 'vault-changed', headSeq: 1 }, 0);
      });
      await assertAlarm(device, 'history-broken');
    });

    it('is found out if it forks: a device that it hid a snapshot from sees what follows', async () => {
      const first = snapshotOf(await backUpFresh(client, 'Forked'));
      const hidden = snapshotOf(await backUpFresh(client, 'Forked'));
      proxy.use(telling((changes) => without(changes, hidden)));
      const device = await newDevice();
      await seenSnapshot(device, first);
      assert.ok(!device.events.some(({ type }) => type === 'alarm'));
      const next = snapshotOf(await backUpFresh(client, 'Forked'));
      await seenSnapshot(device, next);
      await assertAlarm(device, 'history-broken');
    });

    it('is found out if it says another time of what it received', async () => {
      const device = await newDevice();
      const known = await seenSnapshot(device, snapshotOf(await backUpFresh()));
      // It tells of all that there is once more, with another time.
      proxy.use({
        fromClient: (message, requestId, line) => {
          const isAsking = message.type === 'get-changes';
          line.toServer(isAsking ? { ...message, afterSeq: 0 } : message, requestId);
        },
        ...telling((changes) => ({
          ...changes,
          snapshots: changes.snapshots.map((each) => ({ ...each, receivedAtMs: each.receivedAtMs + 1 })),
        })),
      });
      proxy.toAll((line) => {
        line.toClient({ type: 'vault-changed', headSeq: 1 }, 0);
      });
      await assertAlarm(device, 'history-broken');
      const after = await seenSnapshot(device, known.snapshotId);
      assert.equal(after.receivedAtMs, known.receivedAtMs);
    });

    it('can’t keep a device busy by news without end', async () => {
      let asked = 0;
      proxy.use(
        answering({
          'get-changes': () => {
            asked += 1;
            return undefined;
          },
        }),
      );
      for (let time = 0; time < 5_000; time++) {
        proxy.toAll((line) => {
          line.toClient({ type: 'vault-changed', headSeq: time }, 0);
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.ok(asked > 0 && asked < 60, String(asked));
      assert.equal(codeOf(await backUpFresh()), 'done');
    });

    it('can’t keep news from a device by telling of none', async () => {
      proxy.use({
        fromServer: (message, requestId, line) => {
          if (message.type !== 'vault-changed') line.toClient(message, requestId);
        },
      });
      const other = await newDevice();
      await seenSnapshot(client, snapshotOf(await backUpFresh(other)));
    });
  });
});

function without(changes: Changes, snapshotId: SnapshotId): Changes {
  return { ...changes, snapshots: changes.snapshots.filter((each) => each.snapshotId !== snapshotId) };
}
