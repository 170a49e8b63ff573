/**
 * The bench's page: asks its server for a task, runs it, posts the result, and loads itself anew so that no
 * task inherits another's heap.
 */
import { PATHS } from '../tasks.ts';
import type { Figures, Task, TaskResult } from '../tasks.ts';
import { runHoldfast } from './holdfast.ts';
import { runMicro } from './micro.ts';
import { makeAccount, openFirst, openLater } from './million.ts';
import { sendRaw } from './raw.ts';
import { backUpTree } from './tree.ts';
import { uploadWithTus } from './tus.ts';
import { writeRandomFile } from './random-file.ts';

async function run(task: Task): Promise<Figures> {
  switch (task.type) {
    case 'write-random':
      return writeRandomFile(task.sizeBytes);
    case 'raw':
      return sendRaw(task.url);
    case 'tus':
      return uploadWithTus(task.endpoint, task.requestBytes);
    case 'holdfast':
      return runHoldfast(task);
    case 'million-account':
      return makeAccount(task);
    case 'million-first':
      return openFirst(task);
    case 'million-later':
      return openLater(task);
    case 'tree':
      return backUpTree(task);
    case 'micro':
      return runMicro();
  }
}

async function resultOf(task: Task): Promise<TaskResult> {
  try {
    return { ok: true, figures: await run(task) };
  } catch (error) {
    return { ok: false, problem: describe(error) };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function post(result: TaskResult): Promise<void> {
  await fetch(PATHS.result, { method: 'POST', body: JSON.stringify(result) });
}

/** What breaks outside of a task's own promises (a worker that can't start) must not look like a hang. */
function reportStray(problem: string): void {
  void post({ ok: false, problem });
}
window.addEventListener('error', (event) => {
  reportStray(`${event.message} (${event.filename}:${event.lineno})`);
});
window.addEventListener('unhandledrejection', (event) => {
  reportStray(describe(event.reason));
});

const answer = await fetch(PATHS.task);
await post(await resultOf((await answer.json()) as Task));
location.reload();
