import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { idFromBytes } from '../../shared/ids.ts';
import type { ChunkId } from '../../shared/ids.ts';
import type { ChunkFetcher } from '../../web/worker/vault/chunk-fetcher.ts';
import { ChunkChecker } from '../../web/worker/verify/chunk-checker.ts';
import type { CheckerOptions } from '../../web/worker/verify/chunk-checker.ts';
import { sample } from '../../web/worker/verify/sample.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const all: CheckerOptions = { isKnown: () => true, isRead: () => true };

function chunkId(n: number): ChunkId {
  return n.toString(16).padStart(64, '0') as ChunkId;
}

/** A server that fails for chunks of these ids, and counts. */
class Server {
  readonly asked: ChunkId[] = [];
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #failures: ReadonlyMap<ChunkId, ErrorCode>;

  constructor(failures: Readonly<Record<ChunkId, ErrorCode>> = {}) {
    this.#failures = new Map(Object.entries(failures) as [ChunkId, ErrorCode][]);
  }

  checker(options: CheckerOptions, signal = new AbortController().signal): ChunkChecker {
    const fetch: ChunkFetcher['fetch'] = async (_, id) => {
      this.asked.push(id);
      this.#atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      this.#atOnce -= 1;
      const code = this.#failures.get(id);
      if (code !== undefined) throw new HoldfastError(code);
      return [new Uint8Array(10)];
    };
    return new ChunkChecker({ fetch } as unknown as ChunkFetcher, options, signal);
  }
}

describe('checking chunks', () => {
  it('asks for each once, a few at a time, however many files need it', async () => {
    const server = new Server();
    const checker = server.checker(all);
    const ids = Array.from({ length: 200 }, (_, n) => chunkId(n % 40));
    const results = await Promise.all(ids.map(async (id) => checker.check('content', id)));
    assert.ok(results.every((result) => result === undefined));
    await checker.check('content', chunkId(7));
    assert.equal(server.asked.length, 40);
    assert.ok(server.mostAtOnce > 1 && server.mostAtOnce <= 6);
  });

  it('says for whoever needs a damaged one what is wrong with it, without asking again', async () => {
    const server = new Server({ [chunkId(1)]: 'seal-broken' });
    const checker = server.checker(all);
    const failures = await Promise.all([1, 2, 1].map(async (n) => checker.check('content', chunkId(n))));
    assert.deepEqual(
      failures.map((failure) => failure?.code),
      ['seal-broken', undefined, 'seal-broken'],
    );
    assert.equal((await checker.check('content', chunkId(1)))?.code, 'seal-broken');
    assert.equal(server.asked.length, 2);
  });

  it('knows of one that it doesn’t read whether the server has it', async () => {
    const server = new Server();
    const checker = server.checker({
      isKnown: (id) => id !== chunkId(2),
      isRead: (kind) => kind === 'folders',
    });
    assert.equal(await checker.check('content', chunkId(1)), undefined);
    assert.equal((await checker.check('content', chunkId(2)))?.code, 'chunk-missing');
    await checker.check('folders', chunkId(3));
    assert.deepEqual(server.asked, [chunkId(3)]);
  });

  it('ends where not the chunk is at fault, and goes on with others', async () => {
    const checker = new Server({ [chunkId(1)]: 'session-expired' }).checker(all);
    await assertRejectsCode(checker.check('content', chunkId(1)), 'session-expired');
    assert.equal(await checker.check('content', chunkId(2)), undefined);
  });
});

describe('a sample', () => {
  const random = seededRandom(11);
  const ids = Array.from({ length: 10_000 }, () => idFromBytes<ChunkId>(random.bytes(32)));
  const draw = (share: number): ChunkId[] => ids.filter(sample(share, (bytes) => random.fill(bytes)));

  it('is about as large as asked for, and another one each time', () => {
    const [first, second] = [new Set(draw(0.25)), new Set(draw(0.25))];
    for (const { size } of [first, second]) assert.ok(size > 2_200 && size < 2_800, String(size));
    const inBoth = [...first].filter((id) => second.has(id)).length;
    assert.ok(inBoth < first.size / 2, 'by chance a quarter of them');
  });

  it('is nothing of nothing, and all of what is small', () => {
    assert.deepEqual([draw(0).length, draw(1).length, draw(7).length], [0, 10_000, 10_000]);
  });
});
