/**
 * What lies on the disk, record by record, against what the model needs. Dead are records of chunks, pages and
 * snapshots that no living snapshot needs, second copies of what it needs, and bytes that are no records. Marks are
 * kept for good: they say what is erased, and each must lie there once.
 */
import assert from 'node:assert/strict';
import type { ChunkId, RefPageId } from '../../shared/ids.ts';
import { SEGMENT_HEADER_BYTES } from '../../server/store/disk/segment-header.ts';
import type { Scanned } from '../../server/store/ports.ts';
import { storedPlaces } from './checks.ts';
import type { Model } from './model.ts';
import { SEGMENT_BYTES } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

type ScannedRecord = Extract<Scanned, { readonly type: 'record' }>;

/**
 * Fails if more is dead than fits in one segment, or more than `deadShare` of the others, when jobs have run and all
 * graces are over.
 */
export async function assertFreed(
  server: ServerProcess,
  model: Model,
  usedBytes: number,
  deadShare: number,
): Promise<void> {
  await assertErased(server, model);
  const needed = new Needed(model);
  let liveBytes = 0;
  for (const scanned of server.blobs.scan({ segment: 0, offset: 0 })) {
    if (scanned.type === 'record' && needed.takes(scanned)) liveBytes += scanned.lengthBytes;
  }
  needed.assertAllFound();
  const headersBytes = server.blobs.segments().length * SEGMENT_HEADER_BYTES;
  const deadBytes = usedBytes - liveBytes - headersBytes;
  // A chunk that can't be read keeps the segments that it lies in from being compacted.
  const most = (1 + 2 * model.rotten.size) * SEGMENT_BYTES + deadShare * usedBytes;
  assert.ok(deadBytes <= most, `${deadBytes} of ${usedBytes} bytes are dead, not at most ${most}`);
}

/** The index has what is needed and nothing else. */
async function assertErased(server: ServerProcess, model: Model): Promise<void> {
  for (const [kind, needed] of [
    ['chunk', model.neededChunks()],
    ['page', model.neededPages()],
  ] as const) {
    const stored = await storedPlaces(server, kind);
    const isSound = (id: string) => !model.rotten.has(id as ChunkId);
    const [left, wanted] = [[...stored.keys()], [...needed]].map((ids) => ids.filter(isSound).sort());
    assert.deepEqual(left, wanted, `${kind}s that are left`);
  }
}

class Needed {
  readonly #chunks: ReadonlySet<string>;
  readonly #pages: ReadonlySet<RefPageId>;
  readonly #model: Model;
  /** What was found already. */
  readonly #found = new Set<string>();

  constructor(model: Model) {
    this.#model = model;
    this.#chunks = model.neededChunks();
    this.#pages = model.neededPages();
  }

  /** Whether a record is needed and the first of its kind. */
  takes(record: ScannedRecord): boolean {
    const name = nameOf(record);
    if (this.#found.has(name) || !this.#isNeeded(record)) return false;
    this.#found.add(name);
    return true;
  }

  /** What the model needs must have been among the records. */
  assertAllFound(): void {
    for (const chunkId of this.#model.requiredChunks())
      assert.ok(this.#found.has(`chunk ${chunkId} 0`), `no record of ${chunkId}`);
    for (const snapshotId of this.#model.living.keys())
      assert.ok(this.#found.has(`snapshot ${snapshotId}`), `no record of ${snapshotId}`);
  }

  #isNeeded({ head }: ScannedRecord): boolean {
    switch (head.type) {
      case 'piece':
        return this.#chunks.has(head.chunkId);
      case 'ref-page':
        return this.#pages.has(head.pageId);
      case 'snapshot':
        return this.#model.living.has(head.snapshotId);
      case 'mark':
        return true;
      case 'account':
        return false;
    }
  }
}

/** The same for two records of the same thing. */
function nameOf({ head }: ScannedRecord): string {
  switch (head.type) {
    case 'piece':
      return `chunk ${head.chunkId} ${head.index}`;
    case 'ref-page':
      return `page ${head.pageId}`;
    case 'snapshot':
      return `snapshot ${head.snapshotId}`;
    case 'mark':
      return `mark ${head.seq}`;
    case 'account':
      return `account ${head.accountId}`;
  }
}
