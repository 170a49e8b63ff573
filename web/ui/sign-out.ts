/** Signing out, from wherever in the app it is asked for: always asks first. */
import type { AppModel } from '../state/app-model.ts';
import { problemOf } from '../state/types.ts';

/** Asks, then signs out. What goes wrong is shown. */
export async function signOut(model: AppModel): Promise<void> {
  const yes = await model.notices.ask({
    title: 'Sign out of this device?',
    text: model.jobs.isBusy
      ? 'A backup or restore is still running: it stops. Keys and the copy of your vault’s index leave this device; what is backed up stays on the server.'
      : 'Keys and the copy of your vault’s index leave this device. What is backed up stays on the server.',
    confirmLabel: 'Sign out',
    danger: true,
  });
  if (!yes) return;
  try {
    await model.signOut();
    model.router.go({ page: 'sign-in' });
  } catch (error) {
    model.notices.problem(problemOf(error));
  }
}
