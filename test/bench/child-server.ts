/** A server of the bench's as a process of its own, as Holdfast's is: it must not share the bench's loop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CleanUp } from '../helpers/temp-dir.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

export interface ChildServer {
  readonly port: number;
  readonly pid: number;
}

/**
 * Starts a script of this folder that writes into `dataDir` (its argument) and prints its port as its first
 * line. It is killed when the scope ends.
 */
export async function startChildServer(
  scope: CleanUp,
  script: string,
  dataDir: string,
): Promise<ChildServer> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(script, import.meta.url)), dataDir],
    { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  scope.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const firstLine = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const [line] = await Promise.race([firstLine, exited.then(() => [''] as const)]);
  const port = Number(line);
  if (child.pid === undefined || !(port > 0)) throw new Error(`${script} did not start: ${line}`);
  return { port, pid: child.pid };
}
