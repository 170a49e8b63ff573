/** Signing out, from wherever in the app it is asked for: always asks first, and says what would be lost. */
import type { AppModel } from '../state/app-model.ts';
import type { Answer, Question } from '../state/notices.ts';
import { problemOf } from '../state/types.ts';
import { lockVault } from './lock.ts';
import { lostWords } from './queue-words.ts';

/** Asks, then signs out, or only locks. What goes wrong is shown. */
export async function signOut(model: AppModel): Promise<void> {
  const answer: Answer = await model.notices.choose(question(model));
  if (answer === 'other') await lockVault(model);
  if (answer !== 'yes') return;
  try {
    await model.signOut();
    model.router.go({ page: 'sign-in' });
  } catch (error) {
    model.notices.problem(problemOf(error));
  }
}

function question(model: AppModel): Question {
  const { queue } = model.outbox;
  const title = 'Sign out of this device?';
  if (queue.length === 0) return { title, text: leaveWords(model), confirmLabel: 'Sign out', danger: true };
  const text = `${lostWords(queue)} ${leaveWords(model)}`;
  const lossy = {
    title,
    text,
    confirmLabel: queue.length === 1 ? 'Sign out and lose it' : 'Sign out and lose them',
    danger: true,
  };
  return model.session.isSignedIn ? { ...lossy, otherLabel: 'Lock instead' } : lossy;
}

function leaveWords(model: AppModel): string {
  const words =
    'Keys and the copy of your vault’s index leave this device. What is backed up stays on the server.';
  return model.jobs.isBusy ? `A backup or restore is still running: it stops. ${words}` : words;
}
