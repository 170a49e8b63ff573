/**
 * One restore: walks the selection, fetches and verifies ahead of the writing, writes only verified bytes. A
 * file that can't be restored is named and left out; everything else is restored.
 */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import { Credit } from '../connection/credit.ts';
import type { Job } from '../jobs/job.ts';
import type { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import type { FolderReader } from '../vault/folder-reader.ts';
import type { RestoreSink } from './sink.ts';
import { walkSelection } from './selection.ts';
import type { Selected, Selection } from './selection.ts';

/** Chunks fetched ahead of the one that is being written. */
const CHUNKS_AHEAD = 6;
/** Files whose places are looked up ahead: small ones share chunks, so many fit in what is fetched ahead. */
const FILES_AHEAD = 64;

export interface RestoreParts {
  readonly fetcher: ChunkFetcher;
  readonly folders: FolderReader;
  readonly sink: RestoreSink;
}

interface PlannedFile {
  readonly path: readonly string[];
  readonly file: FileEntry;
  readonly extents: readonly Extent[];
}

/** Restores what is selected. Throws only what ends the whole restore; the sink is told. */
export async function restore(
  parts: RestoreParts,
  root: readonly Extent[],
  selection: Selection,
  job: Job,
): Promise<void> {
  try {
    await restoreAll(parts, root, selection, job);
    const { problems } = job.progress();
    await parts.sink.finish(problems.map(({ path = '', words }) => `${path}: ${words}`));
  } catch (error) {
    const reason = toHoldfastError(job.signal.aborted ? job.signal.reason : error);
    await parts.sink.abort(reason);
    throw reason;
  }
}

async function restoreAll(
  parts: RestoreParts,
  root: readonly Extent[],
  selection: Selection,
  job: Job,
): Promise<void> {
  const places = new Credit();
  places.grant(parts.sink.filesAtOnce);
  const writing = new Set<Promise<void>>();
  job.enter('running');
  for await (const item of ahead(plan(parts, root, selection, job), FILES_AHEAD)) {
    await job.gate.pass(job.signal);
    prefetch(parts.fetcher, item.extents.slice(0, CHUNKS_AHEAD), job.signal);
    // A file of several chunks is written alone: what is fetched ahead for it fills the memory there is.
    const share = item.extents.length > 1 ? parts.sink.filesAtOnce : 1;
    await places.take(share);
    const written = restoreFile(parts, item, job).finally(() => {
      writing.delete(written);
      places.grant(share);
    });
    writing.add(written);
    written.catch((error: unknown) => {
      places.fail(error);
    });
  }
  await Promise.all(writing);
}

/** The files to write, with where their content lies; folders are made on the way. */
async function* plan(
  { folders, sink }: RestoreParts,
  root: readonly Extent[],
  selection: Selection,
  job: Job,
): AsyncGenerator<PlannedFile> {
  for await (const item of walkSelection(folders, root, selection, job.signal)) {
    const extents = await attempt(item, job, async () => {
      if (item.kind === 'unreadable') throw item.error;
      if (item.kind === 'file') return folders.extents(item.file, job.signal);
      await sink.folder(item.path);
      return undefined;
    });
    if (item.kind === 'file' && extents !== undefined) yield { path: item.path, file: item.file, extents };
  }
}

async function restoreFile(
  { fetcher, sink }: RestoreParts,
  { path, file, extents }: PlannedFile,
  job: Job,
): Promise<void> {
  job.at(path);
  await attempt({ path }, job, async () => {
    // Fetched before the target is opened: a missing chunk then leaves no trace of the file at all.
    const first = extents[0] === undefined ? [] : await fetcher.extent('content', extents[0], job.signal);
    const target = await sink.file({ path, sizeBytes: file.sizeBytes, modifiedAtMs: file.modifiedAtMs });
    try {
      await writeParts(first, target, job);
      for (const [index, extent] of extents.entries()) {
        if (index === 0) continue;
        await job.gate.pass(job.signal);
        prefetch(fetcher, extents.slice(index + 1, index + CHUNKS_AHEAD), job.signal);
        await writeParts(await fetcher.extent('content', extent, job.signal), target, job);
      }
      await target.finish();
    } catch (error) {
      await target.abort();
      throw error;
    }
    job.add({ files: 1 });
  });
}

async function writeParts(
  parts: readonly Bytes[],
  target: { write(bytes: Bytes): Promise<void> },
  job: Job,
): Promise<void> {
  for (const part of parts) {
    await target.write(part);
    job.add({ bytes: part.length });
  }
}

/** Runs `work`; what concerns this one item alone is noted and gives `undefined`. */
async function attempt<T>(
  item: Pick<Selected, 'path'>,
  job: Job,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    job.signal.throwIfAborted();
    const failure = toHoldfastError(error);
    if (ENDS_ALL.includes(failure.code)) throw failure;
    job.problem(failure, item.path);
    return undefined;
  }
}

/** What makes it useless to try the next file. */
const ENDS_ALL: readonly string[] = [
  'device-full',
  'session-expired',
  'not-signed-in',
  'cancelled',
  'locked',
];

/** Starts fetching; whoever needs the chunk meets the failure, if there is one. */
function prefetch(fetcher: ChunkFetcher, extents: readonly Extent[], signal: AbortSignal): void {
  for (const { chunkId } of extents) fetcher.chunk('content', chunkId, signal).catch(() => undefined);
}

/** Reads up to `count` items ahead of the consumer. */
async function* ahead<T>(items: AsyncGenerator<T>, count: number): AsyncGenerator<T> {
  const queue: Promise<IteratorResult<T>>[] = [];
  const pull = (): void => {
    const next = items.next();
    next.catch(() => undefined);
    queue.push(next);
  };
  for (let i = 0; i < count; i++) pull();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const result = await next;
    if (result.done === true) return;
    pull();
    yield result.value;
  }
}
