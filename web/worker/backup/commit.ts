/**
 * Makes a written tree a snapshot (DESIGN: a snapshot is accepted only when all that it needs is durable).
 * The server judges: what it lacks comes back as missing.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { refPagesOf } from '../../../shared/format/ref-pages.ts';
import type { ChunkId, RefPageId, SnapshotId } from '../../../shared/ids.ts';
import type { ServerLink } from '../connection/server-link.ts';

/** One is enough, and another for what is erased meanwhile; a server that asks on and on would never be done. */
const COMMIT_ROUNDS = 4;

type Link = Pick<ServerLink, 'request'>;

export interface SnapshotToCommit {
  readonly snapshotId: SnapshotId;
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly chunkIds: ReadonlySet<ChunkId>;
}

interface SealedSnapshot extends Omit<SnapshotToCommit, 'chunkIds'> {
  readonly refPages: readonly RefPageId[];
}

/** A page's chunk ids; undefined for a page that is none of the snapshot's. */
type ChunksOf = (pageId: RefPageId) => Promise<readonly ChunkId[] | undefined>;

export type CommitResult =
  | { readonly kind: 'accepted'; readonly receivedAtMs: number }
  /** The server doesn't have these, whatever the mirror said. */
  | { readonly kind: 'missing'; readonly chunkIds: readonly ChunkId[] };

/**
 * Commits, sending the reference pages that the server lacks. Safe to repeat. `pagesOf` cuts the set of chunks.
 * Throws `snapshot-incomplete` where the server never has enough.
 */
export async function commitSnapshot(
  link: Link,
  snapshot: SnapshotToCommit,
  signal: AbortSignal,
  pagesOf = refPagesOf,
): Promise<CommitResult> {
  const pages = await pagesOf(snapshot.chunkIds);
  const byId = new Map(pages.map((page) => [page.pageId, page.chunkIds]));
  return commitPages(link, { ...snapshot, refPages: [...byId.keys()] }, signal, async (pageId) =>
    Promise.resolve(byId.get(pageId)),
  );
}

/** Like `commitSnapshot`, of a set that is cut into pages already; `chunksOf` gives a page's. */
export async function commitPages(
  link: Link,
  { snapshotId, sealed, refPages }: SealedSnapshot,
  signal: AbortSignal,
  chunksOf: ChunksOf,
): Promise<CommitResult> {
  const message = { type: 'commit-snapshot', snapshotId, sealed, refPages } as const;
  for (let round = 0; round < COMMIT_ROUNDS; round++) {
    const answer = await link.request(message, ['snapshot-accepted', 'snapshot-missing-pages'], signal);
    if (answer.type === 'snapshot-accepted') return { kind: 'accepted', receivedAtMs: answer.receivedAtMs };
    const missing = await putPages(link, answer.refPages, chunksOf, signal);
    if (missing.length > 0) return { kind: 'missing', chunkIds: missing };
  }
  throw new HoldfastError('snapshot-incomplete', { detail: 'pages that the server took go missing' });
}

/** Sends pages; returns the chunks that the server lacks for them. */
async function putPages(
  link: Link,
  wanted: readonly RefPageId[],
  chunksOf: ChunksOf,
  signal: AbortSignal,
): Promise<ChunkId[]> {
  const missing: ChunkId[] = [];
  for (const pageId of wanted) {
    const chunkIds = await chunksOf(pageId);
    if (chunkIds === undefined) continue;
    const message = { type: 'put-refs', pageId, chunkIds } as const;
    const answer = await link.request(message, ['done', 'refs-missing'], signal);
    if (answer.type === 'refs-missing') missing.push(...answer.chunkIds);
  }
  return missing;
}
