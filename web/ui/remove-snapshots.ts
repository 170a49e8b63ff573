/** Moving snapshots to the trash, with a way back at hand. */
import type { AppModel } from '../state/app-model.ts';
import { problemOf, type SnapshotInfo } from '../state/types.ts';
import { plural } from './format.ts';

/** Moves them to the trash and offers to undo it; whether that worked. Nothing is asked: they come back for weeks. */
export async function removeSnapshots(model: AppModel, snapshots: readonly SnapshotInfo[]): Promise<boolean> {
  const ids = snapshots.map(({ snapshotId }) => snapshotId);
  const done = await attempt(model, () => model.snapshots.mark(ids, 'trashed'));
  if (!done) return false;
  model.notices.toast('info', `${plural(ids.length, 'snapshot')} moved to the trash.`, {
    actionLabel: 'Bring back',
    onAction: () => {
      void attempt(model, () => model.snapshots.mark(ids, 'kept'));
    },
  });
  return true;
}

async function attempt(model: AppModel, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    model.notices.problem(problemOf(error));
    return false;
  }
}
