/** Memory of a process with all its descendants, from Linux's /proc. */
import { readdir, readFile } from 'node:fs/promises';

interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
}

/** Resident bytes of `pid` and every process below it; memory that they share is counted in each. */
export async function treeRssBytes(pid: number): Promise<number> {
  const tree = await processTree(pid);
  const sizes = await Promise.all(tree.map((info) => rssBytes(info.pid)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Resident bytes of one process; 0 once it has ended. */
export async function rssBytes(pid: number): Promise<number> {
  const status = await readProc(pid, 'status');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0';
  return Number(kib) * 1024;
}

/**
 * Resident bytes of one process without files that it maps, which are mostly programs' text: of that the kernel drops and
 * loads what it likes, whatever the process does. 0 once it has ended.
 */
export async function ownBytes(pid: number): Promise<number> {
  const status = await readProc(pid, 'status');
  const kib = status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm);
  return [...kib].reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
}

/** Chromium's processes for pages and their workers, below its first process. */
export async function renderersOf(browserPid: number): Promise<readonly number[]> {
  const tree = await processTree(browserPid);
  return tree.filter(({ command }) => command.includes('--type=renderer')).map(({ pid }) => pid);
}

/** Whether the process exists and has not ended: a zombie that nobody has waited for yet has. */
export async function isRunning(pid: number): Promise<boolean> {
  return /^State:\s+[^ZX]/m.test(await readProc(pid, 'status'));
}

/** `root` and every process below it. */
export async function processTree(root: number): Promise<readonly ProcessInfo[]> {
  const names = await readdir('/proc');
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(processInfo));
  const tree: ProcessInfo[] = all.filter((info) => info.pid === root);
  // The list grows while it is walked: each process brings its children.
  for (const parent of tree) tree.push(...all.filter((info) => info.parentPid === parent.pid));
  return tree;
}

async function processInfo(pid: number): Promise<ProcessInfo> {
  const status = await readProc(pid, 'status');
  const command = await readProc(pid, 'cmdline');
  return {
    pid,
    parentPid: Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? '-1'),
    command: command.replaceAll('\0', ' ').trim(),
  };
}

/** Empty once the process has ended. */
function readProc(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}
