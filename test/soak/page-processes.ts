/** What a browser's processes hold, from Linux's /proc. */
import { readdir } from 'node:fs/promises';
import { ownBytes, renderersOf } from '../helpers/process-tree.ts';

export interface PageProcesses {
  /** What the renderers hold in memory, pages and their workers, without the text of programs. */
  readonly rendererBytes: number;
  /** Open files of the renderers, and of the browser's first process. */
  readonly rendererFiles: number;
  readonly browserFiles: number;
}

export async function lookAtPage(browserPid: number): Promise<PageProcesses> {
  const renderers = await renderersOf(browserPid);
  const sizes = await Promise.all(renderers.map(ownBytes));
  const files = await Promise.all(renderers.map(openFiles));
  return { rendererBytes: sum(sizes), rendererFiles: sum(files), browserFiles: await openFiles(browserPid) };
}

/** How many a process has open; 0 once it has ended. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
