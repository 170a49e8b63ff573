/**
 * One backup from beginning to receipt: walk and write the tree, then commit; again if the server lacked
 * something. One that is stopped early commits what was complete by then, as a partial snapshot. Without a
 * connection it ends in the queue instead.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { sealSnapshot } from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import { encodeSettings } from '../../../shared/format/source-settings.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { BackupRequest, JobProgress } from '../../bridge/engine-api.ts';
import type { Job } from '../jobs/job.ts';
import type { CommitResult } from './commit.ts';
import type { BackupPlan } from './plan.ts';
import { countTree } from './source-count.ts';
import { withRules } from './rules.ts';
import { sourceTree } from './source-tree.ts';
import type { SourceFolder } from './source-tree.ts';
import { writeTree } from './write-tree.ts';
import type { BackupContext, WrittenTree } from './write-tree.ts';

/** How often the tree is written again because the server turned out to lack chunks. */
const COMMIT_TRIES = 3;
/** A stopped backup that has not committed its part by then is given up: nobody waits longer for "Cancel". */
const STOP_WITHIN_MS = 60_000;

type Receipt = NonNullable<JobProgress['receipt']>;

/** What a backup is going to be. */
export interface SnapshotToMake {
  readonly snapshotId: SnapshotId;
  readonly sourceName: string;
  readonly takenAtMs: number;
  readonly plan: BackupPlan;
}

/**
 * Backs up and returns the server's receipt; undefined if the snapshot is in the queue. Throws what stops a backup as
 * a whole.
 */
export async function backUp(
  context: BackupContext,
  snapshot: SnapshotToMake,
  request: BackupRequest,
  job: Job,
): Promise<Receipt | undefined> {
  const over = new AbortController();
  job.stopping.addEventListener('abort', () => {
    void cancelInTime(context, job, over.signal);
  });
  try {
    return await writeAndCommit(context, snapshot, request, job);
  } finally {
    over.abort();
  }
}

async function writeAndCommit(
  context: BackupContext,
  snapshot: SnapshotToMake,
  { picked }: BackupRequest,
  job: Job,
): Promise<Receipt | undefined> {
  const { plan, snapshotId } = snapshot;
  const source = withRules(sourceTree(picked), plan.settings.rules, () => undefined);
  expect(plan, source, job);
  for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
    const written = await writeTree(context, plan, source, job);
    if (written.tree.isCut) checkWorthKeeping(written, job);
    job.enter('committing');
    const result = await commit(context, snapshot, written, job);
    if (result === 'queued') return undefined;
    if (result.kind === 'accepted') return { snapshotId, receivedAtMs: result.receivedAtMs };
    // The mirror promised more than the server has. What it lacks is read and sent again.
    for (const chunkId of result.chunkIds) context.mirror.chunks.delete(chunkId);
    job.stopping.throwIfAborted();
    job.enter('running');
  }
  throw new HoldfastError('snapshot-incomplete');
}

/** About how much there will be: as the snapshot before tells, or counted beside the backup. */
function expect({ expected }: BackupPlan, source: SourceFolder, job: Job): void {
  if (expected === undefined) void countTree(source, job);
  else job.count(expected);
}

/** A part in which nothing is new would say nothing. Throws what the job was stopped for. */
function checkWorthKeeping({ tree }: WrittenTree, job: Job): void {
  if (tree.filesRead === 0) job.stopping.throwIfAborted();
  job.wasCut();
}

async function commit(
  context: BackupContext,
  snapshot: SnapshotToMake,
  written: WrittenTree,
  job: Job,
): Promise<CommitResult | 'queued'> {
  const { session, random, route } = context;
  const { snapshotId } = snapshot;
  const description = describe(context, snapshot, written, job.progress().problemsTotal);
  const sealed = await sealSnapshot(session.keyrings.current, snapshotId, description, random);
  return route.commit({ snapshotId, sealed, chunkIds: written.tree.chunkIds });
}

function describe(
  { device }: BackupContext,
  { sourceName, takenAtMs, plan }: SnapshotToMake,
  { root, tree }: WrittenTree,
  problemsTotal: number,
): SnapshotDescription {
  const { sourceId, predecessor, mode, settings } = plan;
  return {
    ...device,
    sourceId,
    sourceName,
    takenAtMs,
    predecessor,
    mode,
    partial: tree.isCut,
    filesTotal: tree.totals.files,
    foldersTotal: tree.totals.folders,
    bytesTotal: tree.totals.bytes,
    problemsTotal,
    root: [...root],
    extension: encodeSettings(settings),
  };
}

async function cancelInTime({ clock }: BackupContext, job: Job, over: AbortSignal): Promise<void> {
  try {
    await clock.sleep(STOP_WITHIN_MS, over);
  } catch {
    // It ended in time.
    return;
  }
  job.cancel(job.stopping.reason);
}
