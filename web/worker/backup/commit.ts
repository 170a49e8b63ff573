/**
 * Makes a written tree a snapshot (DESIGN: a snapshot is accepted only when all that it needs is durable).
 * The server judges: what it lacks comes back as missing.
 */
import { refPagesOf } from '../../../shared/format/ref-pages.ts';
import type { RefPage } from '../../../shared/format/ref-pages.ts';
import type { ChunkId, RefPageId, SnapshotId } from '../../../shared/ids.ts';
import type { ServerLink } from '../connection/server-link.ts';

type Link = Pick<ServerLink, 'request'>;

export interface SnapshotToCommit {
  readonly snapshotId: SnapshotId;
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly chunkIds: ReadonlySet<ChunkId>;
}

export type CommitResult =
  | { readonly kind: 'accepted'; readonly receivedAtMs: number }
  /** The server doesn't have these, whatever the mirror said. */
  | { readonly kind: 'missing'; readonly chunkIds: readonly ChunkId[] };

/** Commits, sending the reference pages that the server lacks. Safe to repeat. `pagesOf` cuts the set of chunks. */
export async function commitSnapshot(
  link: Link,
  snapshot: SnapshotToCommit,
  signal: AbortSignal,
  pagesOf = refPagesOf,
): Promise<CommitResult> {
  const pages = await pagesOf(snapshot.chunkIds);
  const { snapshotId, sealed } = snapshot;
  const message = {
    type: 'commit-snapshot',
    snapshotId,
    sealed,
    refPages: pages.map(({ pageId }) => pageId),
  } as const;
  for (;;) {
    const answer = await link.request(message, ['snapshot-accepted', 'snapshot-missing-pages'], signal);
    if (answer.type === 'snapshot-accepted') return { kind: 'accepted', receivedAtMs: answer.receivedAtMs };
    const missing = await putPages(link, pages, answer.refPages, signal);
    if (missing.length > 0) return { kind: 'missing', chunkIds: missing };
  }
}

/** Sends pages; returns the chunks that the server lacks for them. */
async function putPages(
  link: Link,
  pages: readonly RefPage[],
  wanted: readonly RefPageId[],
  signal: AbortSignal,
): Promise<ChunkId[]> {
  const byId = new Map(pages.map((page) => [page.pageId, page]));
  const missing: ChunkId[] = [];
  for (const pageId of wanted) {
    const page = byId.get(pageId);
    if (page === undefined) continue;
    const message = { type: 'put-refs', pageId, chunkIds: [...page.chunkIds] } as const;
    const answer = await link.request(message, ['done', 'refs-missing'], signal);
    if (answer.type === 'refs-missing') missing.push(...answer.chunkIds);
  }
  return missing;
}
