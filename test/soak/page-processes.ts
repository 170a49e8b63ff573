/** What a browser's processes hold, from Linux's /proc. */
import { readdir } from 'node:fs/promises';
import { processTree, rssBytes } from '../helpers/process-tree.ts';

export interface PageProcesses {
  /** Resident bytes of the renderers: those of pages and their workers. */
  readonly rendererBytes: number;
  /** Open files of the renderers, and of the browser's first process. */
  readonly rendererFiles: number;
  readonly browserFiles: number;
}

export async function lookAtPage(browserPid: number): Promise<PageProcesses> {
  const tree = await processTree(browserPid);
  const renderers = tree.filter(({ command }) => command.includes('--type=renderer'));
  const sizes = await Promise.all(renderers.map(({ pid }) => rssBytes(pid)));
  const files = await Promise.all(renderers.map(({ pid }) => openFiles(pid)));
  return { rendererBytes: sum(sizes), rendererFiles: sum(files), browserFiles: await openFiles(browserPid) };
}

/** How many a process has open; 0 once it has ended. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
