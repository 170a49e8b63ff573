/** Ending a program that has started others. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { isRunning, processTree } from './process-tree.ts';
import { waitFor } from './wait.ts';

/** Kills `child` and every process below it, and resolves when they are gone. */
export async function endProcessTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const tree = await processTree(child.pid);
  for (const { pid } of tree) endProcess(pid);
  await exited;
  await waitFor(`process ${child.pid} to end`, async () => {
    const running = await Promise.all(tree.map(({ pid }) => isRunning(pid)));
    return running.includes(true) ? undefined : true;
  });
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
