/**
 * Reference pages (FORMAT.md, Reference pages): the chunk ids that a snapshot needs, as a set cut into
 * pages by their leading bits. Two snapshots that differ in a few chunks share all pages but a few, so a
 * snapshot's references cost in proportion to its change. The server keeps what a page names.
 */
import { concatBytes } from '../bytes.ts';
import { sha256 } from '../crypto/primitives.ts';
import { HoldfastError } from '../errors.ts';
import { idBytes, idFromBytes } from '../ids.ts';
import type { ChunkId, RefPageId } from '../ids.ts';
import { MAX_REF_PAGES, MAX_REFS_IN_PAGE } from '../limits.ts';

/** Ids in an average page: 8 KiB to send again where one of them is new. */
const AVERAGE_REFS = 256;
/** At most 4,096 pages, whose ids fit in a frame: beyond a million chunks the pages grow instead. */
const MAX_PREFIX_BITS = 12;

export interface RefPage {
  readonly pageId: RefPageId;
  /** Ascending, unique. */
  readonly chunkIds: readonly ChunkId[];
}

/**
 * The pages of a set of chunk ids, in their ids' order. `averageRefs` is FORMAT.md's unless a test wants many pages
 * of few chunks. Throws `too-large` beyond what one snapshot may name.
 */
export async function refPagesOf(
  chunkIds: ReadonlySet<ChunkId>,
  averageRefs = AVERAGE_REFS,
): Promise<RefPage[]> {
  const bits = Math.min(MAX_PREFIX_BITS, Math.max(0, Math.ceil(Math.log2(chunkIds.size / averageRefs))));
  // The set's own order would tell the server in which order its members were found.
  const inOrder = [...byPrefix(chunkIds, bits)].sort(([a], [b]) => a - b);
  const pages = await Promise.all(inOrder.map(async ([, ids]) => refPage(ids.sort())));
  if (pages.length > MAX_REF_PAGES || pages.some((page) => page.chunkIds.length > MAX_REFS_IN_PAGE)) {
    throw new HoldfastError('too-large', { detail: `${String(chunkIds.size)} chunks in a snapshot` });
  }
  return pages;
}

function byPrefix(chunkIds: ReadonlySet<ChunkId>, bits: number): Map<number, ChunkId[]> {
  const pages = new Map<number, ChunkId[]>();
  for (const chunkId of chunkIds) {
    const prefix = bits === 0 ? 0 : Number.parseInt(chunkId.slice(0, 8), 16) >>> (32 - bits);
    const page = pages.get(prefix);
    if (page === undefined) pages.set(prefix, [chunkId]);
    else page.push(chunkId);
  }
  return pages;
}

async function refPage(chunkIds: readonly ChunkId[]): Promise<RefPage> {
  const digest = await sha256(concatBytes(...chunkIds.map(idBytes)));
  return { pageId: idFromBytes<RefPageId>(digest), chunkIds };
}
