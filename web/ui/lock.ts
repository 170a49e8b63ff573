/** Locking the vault, from wherever in the app it is asked for: asks only if a job would end. */
import type { AppModel } from '../state/app-model.ts';
import { problemOf } from '../state/types.ts';

/** Drops the keys on this device; what waits in the queue goes on. What goes wrong is shown. */
export async function lockVault(model: AppModel): Promise<void> {
  const yes =
    !model.jobs.isBusy ||
    (await model.notices.ask({
      title: 'Lock while a job is running?',
      text: 'The running backup or restore needs the keys, so it stops. What waits in the queue goes on without them.',
      confirmLabel: 'Lock',
      danger: true,
    }));
  if (!yes) return;
  try {
    await model.lock();
    model.router.go({ page: 'sign-in' });
  } catch (error) {
    model.notices.problem(problemOf(error));
  }
}
