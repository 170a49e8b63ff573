/**
 * One backup from beginning to receipt: walk and write the tree, then commit; again if the server lacked
 * something. One that is stopped early commits what was complete by then, as a partial snapshot.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import { sealSnapshot } from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import { encodeSettings } from '../../../shared/format/source-settings.ts';
import { randomId } from '../../../shared/ids.ts';
import type { SnapshotId, SourceId } from '../../../shared/ids.ts';
import type { BackupRequest, JobProgress } from '../../bridge/engine-api.ts';
import type { Job } from '../jobs/job.ts';
import { commitSnapshot } from './commit.ts';
import type { CommitResult } from './commit.ts';
import { planBackup } from './plan.ts';
import type { BackupPlan } from './plan.ts';
import { countTree } from './source-count.ts';
import { withRules } from './rules.ts';
import { sourceTree } from './source-tree.ts';
import { writeTree } from './write-tree.ts';
import type { BackupContext, WrittenTree } from './write-tree.ts';

/** How often the tree is written again because the server turned out to lack chunks. */
const COMMIT_TRIES = 3;
/** A stopped backup that has not committed its part by then is given up: nobody waits longer for "Cancel". */
const STOP_WITHIN_MS = 60_000;

type Receipt = NonNullable<JobProgress['receipt']>;

interface Snapshot {
  readonly snapshotId: SnapshotId;
  readonly sourceName: string;
  readonly takenAtMs: number;
  readonly plan: BackupPlan;
}

/** Backs up and returns the server's receipt. Throws what stops a backup as a whole. */
export async function backUp(context: BackupContext, request: BackupRequest, job: Job): Promise<Receipt> {
  const { mirror, device, random, clock } = context;
  const plan = planBackup(mirror.snapshots(), request, device.deviceId, () => randomId<SourceId>(random));
  const { sourceName } = request;
  const snapshot = { snapshotId: randomId<SnapshotId>(random), sourceName, takenAtMs: clock.nowMs(), plan };
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
  snapshot: Snapshot,
  { picked }: BackupRequest,
  job: Job,
): Promise<Receipt> {
  const { plan, snapshotId } = snapshot;
  const source = withRules(sourceTree(picked), plan.settings.rules, () => undefined);
  if (plan.expected === undefined) void countTree(source, job);
  else job.count(plan.expected);
  for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
    const written = await writeTree(context, plan, source, job);
    if (written.tree.isCut) checkWorthKeeping(written, job);
    job.enter('committing');
    const result = await commit(context, snapshot, written, job);
    if (result.kind === 'accepted') return { snapshotId, receivedAtMs: result.receivedAtMs };
    // The mirror promised more than the server has. What it lacks is read and sent again.
    for (const chunkId of result.chunkIds) context.mirror.chunks.delete(chunkId);
    job.stopping.throwIfAborted();
    job.enter('running');
  }
  throw new HoldfastError('snapshot-incomplete');
}

/** A part in which nothing is new would say nothing. Throws what the job was stopped for. */
function checkWorthKeeping({ tree }: WrittenTree, job: Job): void {
  if (tree.filesRead === 0) job.stopping.throwIfAborted();
  job.wasCut();
}

async function commit(
  context: BackupContext,
  snapshot: Snapshot,
  written: WrittenTree,
  job: Job,
): Promise<CommitResult> {
  const { session, random, link } = context;
  const { snapshotId } = snapshot;
  const description = describe(context, snapshot, written, job.progress().problemsTotal);
  const sealed = await sealSnapshot(session.keyrings.current, snapshotId, description, random);
  return commitSnapshot(link, { snapshotId, sealed, chunkIds: written.tree.chunkIds }, job.signal);
}

function describe(
  { device }: BackupContext,
  { sourceName, takenAtMs, plan }: Snapshot,
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
