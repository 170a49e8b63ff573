import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { padmeBytes } from '../../shared/format/padding.ts';
import { decodeClientMessage } from '../../shared/wire/messages.ts';
import type { ClientMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import type { OpenSocket } from '../../web/worker/ports.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { startServer } from '../helpers/server.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { openSocket } from './engine-ports.ts';

const TRAILER_BYTES = 9;

/** What arrives at the server for a backup, as far as its size goes: contents are sealed or MACs. */
type Seen = readonly [type: string, size: number];

interface Watched {
  readonly client: EngineClient;
  readonly seen: Seen[];
  /** Sealed bytes of all chunks so far. */
  readonly sealedBytes: () => number;
}

/** A device whose every message is looked at as its server does. */
async function watchedDevice(test: TestContext): Promise<Watched> {
  const seen: Seen[] = [];
  let sealed = 0;
  const watched: OpenSocket = (url, events) => {
    const socket = openSocket(url, events);
    // How messages are cut on their way depends on the connection's speed alone.
    const parts = new PartAssembler(decodeClientMessage);
    return {
      ...socket,
      send: (frame) => {
        const message = parts.take(decodeClientMessage(frame))?.message;
        if (message?.type === 'put-piece') sealed += message.sealed.length;
        if (message !== undefined) seen.push(...seenIn(message));
        socket.send(frame);
      },
    };
  };
  const server = await startServer(test);
  const client = await startDevice(test, server.url, { openSocket: watched });
  const password = 'correct horse battery staple';
  await signUp(client, { inviteToken: await server.firstRunToken(), name: 'Ada', password });
  return { client, seen, sealedBytes: () => sealed };
}

function seenIn(message: ClientMessage): Seen[] {
  if (message.type === 'put-piece') return [[message.type, message.sealed.length]];
  if (message.type === 'put-refs') return [[message.type, message.chunkIds.length]];
  if (message.type !== 'commit-snapshot') return [];
  return [[message.type, message.sealed.length + message.refPages.length]];
}

/** All that the server sees of a backup of one file; backups differ in names of equal length. */
async function seenOf({ client, seen }: Watched, sizeBytes: number, seed: number): Promise<Seen[]> {
  seen.length = 0;
  const name = `file ${seed}`.padEnd(20, '.');
  const content = seededRandom(seed).bytes(sizeBytes);
  snapshotOf(await backUp(client, `source ${seed}`.padEnd(20, '.'), picked({ [name]: content })));
  return [...seen];
}

describe('a server that looks at sizes', () => {
  // Small ones lie in bundles, large ones in a chunk or several of their own.
  for (const [one, other, different] of [
    [1_000, 1_010, 1_200],
    [99_000, 100_300, 110_000],
    [300_000, 303_000, 330_000],
  ] as const) {
    it(`can’t tell ${one} bytes from ${other}, which lie in one bucket, but sees ${different}`, async (test) => {
      const watched = await watchedDevice(test);
      assert.equal(padmeBytes(one + TRAILER_BYTES), padmeBytes(other + TRAILER_BYTES));
      const first = await seenOf(watched, one, 10);
      assert.ok(first.length >= 4, JSON.stringify(first));
      assert.deepEqual(await seenOf(watched, other, 11), first);
      assert.notDeepEqual(await seenOf(watched, different, 12), first);
    });
  }

  it('makes hiding cost a few percent', async (test) => {
    const watched = await watchedDevice(test);
    const random = seededRandom(1);
    const report = async (what: string, sizes: readonly number[]): Promise<number> => {
      const before = watched.sealedBytes();
      const files = Object.fromEntries(sizes.map((size, n) => [`${what} ${n}`, random.bytes(size)]));
      snapshotOf(await backUp(watched.client, what, picked(files)));
      const contentBytes = sizes.reduce((sum, size) => sum + size, 0);
      const costBytes = watched.sealedBytes() - before - contentBytes;
      const percent = (100 * costBytes) / contentBytes;
      test.diagnostic(
        `${what}: ${sizes.length} files of ${contentBytes} bytes; ${costBytes} bytes more were sent for ` +
          `padding, tags and folders, ${percent.toFixed(2)} %`,
      );
      return percent;
    };
    const many = Array.from({ length: 500 }, () => 1 + random.integer(20_000));
    const large = Array.from({ length: 12 }, () => 200_000 + random.integer(3_000_000));
    assert.ok((await report('small', many)) < 4);
    assert.ok((await report('large', large)) < 4);
    assert.ok((await report('both', [...many, ...large])) < 4);
  });
});
