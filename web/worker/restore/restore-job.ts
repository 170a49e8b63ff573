/**
 * One restore: walks the selection, fetches and verifies ahead of the writing, writes only verified bytes. A
 * file that can't be restored is named and left out; everything else is restored.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { RestoreReport } from '../../bridge/engine-api.ts';
import type { Job } from '../jobs/job.ts';
import { cutOut } from '../vault/chunk-fetcher.ts';
import type { FolderReader } from '../vault/folder-reader.ts';
import { ahead } from './ahead.ts';
import { attempt } from './attempt.ts';
import { inBatches } from './batches.ts';
import type { Batch, PlannedFile } from './batches.ts';
import { CHUNKS_AHEAD, ExtentsAhead } from './chunk-lender.ts';
import type { ChunkLender, Loan } from './chunk-lender.ts';
import { Crew } from './crew.ts';
import type { FileSink, RestoreSink, WritePlacement } from './sink.ts';
import { walkSelection } from './selection.ts';
import type { Selection } from './selection.ts';

export interface RestoreParts {
  readonly chunks: ChunkLender;
  readonly folders: FolderReader;
  readonly sink: RestoreSink;
  readonly job: Job;
  /** How much is selected. Throws what keeps the selection from being found. */
  readonly measure: () => Promise<{ readonly files: number; readonly bytes: number }>;
}

/** A file that is to be written. */
interface Target extends PlannedFile {
  readonly placement: WritePlacement;
}

/** Files to be written, and what the content of all of them begins in, on its way. */
interface Work {
  readonly targets: readonly Target[];
  /** Absent for empty files. */
  readonly firstChunk?: Loan;
}

/** Restores what is selected. Throws only what ends the whole restore; the sink is told. */
export async function restore(
  parts: RestoreParts,
  root: readonly Extent[],
  selection: Selection,
): Promise<void> {
  const { sink, job } = parts;
  const crew = new Crew(sink.filesAtOnce);
  try {
    await restoreAll(parts, crew, root, selection);
    const { problems } = job.progress();
    await sink.finish(problems.map(({ path = '', words }) => `${path}: ${words}`));
  } catch (error) {
    const reason = toHoldfastError(job.signal.aborted ? job.signal.reason : error);
    await sink.abort(reason);
    throw reason;
  } finally {
    await crew.idle();
    await sink.close();
  }
}

async function restoreAll(
  parts: RestoreParts,
  crew: Crew,
  root: readonly Extent[],
  selection: Selection,
): Promise<void> {
  const { sink, job, measure } = parts;
  job.count(await measure());
  job.enter('running');
  const batches = works(parts, inBatches(plan(parts, root, selection)));
  for await (const { targets, firstChunk } of ahead(batches, CHUNKS_AHEAD)) {
    let left = targets.length;
    for (const target of targets) {
      await job.gate.pass(job.signal);
      // A file of several chunks is written alone: what is fetched ahead for it fills the memory there is.
      const share = target.extents.length > 1 ? sink.filesAtOnce : 1;
      await crew.start(share, async () => {
        await restoreFile(parts, target, firstChunk);
        if (--left === 0) firstChunk?.giveBack();
      });
    }
  }
  await crew.done();
}

/** The files of the selection, with where their content lies; folders are made on the way. */
async function* plan(
  { folders, sink, job }: RestoreParts,
  root: readonly Extent[],
  selection: Selection,
): AsyncGenerator<PlannedFile> {
  for await (const item of walkSelection(folders, root, selection, job.signal)) {
    const extents = await tried(job, item.path, async () => {
      if (item.kind === 'unreadable') throw item.error;
      if (item.kind === 'file') return folders.extents(item.file, job.signal);
      await sink.folder(item.path);
      return undefined;
    });
    if (item.kind === 'file' && extents !== undefined) yield { path: item.path, file: item.file, extents };
  }
}

/** What has to be written of each batch; its first chunk is asked for, if anything needs it. */
async function* works(parts: RestoreParts, batches: AsyncIterable<Batch>): AsyncGenerator<Work> {
  for await (const batch of batches) {
    const placed = await Promise.all(batch.map(async (planned) => place(parts, planned)));
    const targets = placed.filter((target) => target !== undefined);
    const [extent] = batch[0].extents;
    if (targets.length === 0) continue;
    yield extent === undefined ? { targets } : { targets, firstChunk: parts.chunks.borrow(extent.chunkId) };
  }
}

/** `undefined` if there is nothing to be written for the file. */
async function place({ sink, job }: RestoreParts, planned: PlannedFile): Promise<Target | undefined> {
  const placement = await tried(job, planned.path, async () => sink.place(planned));
  switch (placement?.kind) {
    case 'write':
      return { ...planned, placement };
    case 'present':
      job.add({ files: 1, bytes: planned.file.sizeBytes });
      job.addRestored({ resumed: 1 });
      return undefined;
    case 'occupied':
      job.addRestored({ skipped: 1 });
      job.problem(new HoldfastError('target-exists'), planned.path);
      return undefined;
    case undefined:
      return undefined;
  }
}

async function restoreFile({ chunks, job }: RestoreParts, target: Target, firstChunk?: Loan): Promise<void> {
  const { path, file, extents, placement } = target;
  job.at(path);
  await tried(job, path, async () => {
    const [first, ...further] = extents;
    const following = new ExtentsAhead(chunks, further);
    try {
      // Fetched before the target is opened: a missing chunk then leaves no trace of the file at all.
      const begin = first === undefined ? [] : cutOut((await firstChunk?.pieces) ?? [], first);
      await writeFile(placement, begin, following, job);
    } finally {
      following.end();
    }
    job.add({ files: 1 });
    job.addRestored({ written: 1, verifiedBytes: file.sizeBytes, ...COUNTS_AS[placement.how] });
  });
}

const COUNTS_AS: Readonly<Record<WritePlacement['how'], Partial<RestoreReport>>> = {
  new: {},
  beside: { keptBoth: 1 },
  instead: { replaced: 1 },
};

async function writeFile(
  placement: WritePlacement,
  begin: readonly Bytes[],
  following: ExtentsAhead,
  job: Job,
): Promise<void> {
  const sink = await placement.open();
  try {
    await writeParts(begin, sink, job);
    await following.forEach(async (parts) => {
      await job.gate.pass(job.signal);
      await writeParts(parts, sink, job);
    });
    await sink.finish();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function writeParts(parts: readonly Bytes[], sink: FileSink, job: Job): Promise<void> {
  for (const part of parts) {
    await sink.write(part);
    job.add({ bytes: part.length });
  }
}

/** Runs `work`; what concerns this one item alone is noted and gives `undefined`. */
async function tried<T>(job: Job, path: readonly string[], work: () => Promise<T>): Promise<T | undefined> {
  return attempt(job.signal, work, (failure) => {
    job.addRestored({ failed: 1 });
    job.problem(failure, path);
  });
}
