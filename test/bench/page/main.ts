/**
 * The bench's page: asks its server for a task, runs it, posts the result, and loads itself anew so that no
 * task inherits another's heap.
 */
import { trustOwnScripts } from '../../../shared/trusted-scripts.ts';
import { PATHS } from '../tasks.ts';
import type { Figures, Task, TaskResult } from '../tasks.ts';
import { runHoldfast } from './holdfast.ts';
import { runLarge } from './large.ts';
import { runMicro } from './micro.ts';
import { makeAccount, openFirst, openLater } from './million.ts';
import { sendRaw } from './raw.ts';
import { restoreSmallFiles } from './small-files.ts';
import { backUpTree } from './tree.ts';
import { uploadWithTus } from './tus.ts';
import { writeRandomFile } from './random-file.ts';

trustOwnScripts(globalThis);

type Runners = { readonly [T in Task['type']]: (task: Task & { readonly type: T }) => Promise<Figures> };

const RUNNERS: Runners = {
  'write-random': (task) => writeRandomFile(task.sizeBytes),
  raw: (task) => sendRaw(task.url),
  tus: (task) => uploadWithTus(task.endpoint, task.requestBytes),
  holdfast: runHoldfast,
  'million-account': makeAccount,
  'million-first': openFirst,
  'million-later': openLater,
  tree: backUpTree,
  'small-files': restoreSmallFiles,
  large: runLarge,
  micro: runMicro,
};

async function run(task: Task): Promise<Figures> {
  // The table pairs each type with its own task; the compiler can't see that through an index.
  const runner = RUNNERS[task.type] as (task: Task) => Promise<Figures>;
  return runner(task);
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
