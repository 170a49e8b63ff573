/**
 * Where an upload's time goes. First by thread, with nothing attached; then, in a second upload, by function
 * of each worker, with a profiler attached that slows it down.
 */
import { startBrowser } from './browser.ts';
import { runHoldfast } from './cases/holdfast.ts';
import { MEGABYTE } from './measurement.ts';
import { withScope } from './scope.ts';
import { ThreadWatch } from './thread-watch.ts';
import type { ThreadTime } from './thread-watch.ts';
import { WorkerProfiler } from './worker-profiler.ts';
import type { WorkerProfile } from './worker-profiler.ts';

const THREADS_SHOWN = 15;
const FUNCTIONS_SHOWN = 20;

/** Uploads twice and gives the tables to show. */
export async function profileUpload(pageDir: string, sizeBytes: number): Promise<string> {
  return `${await profileThreads(pageDir, sizeBytes)}\n\n${await profileFunctions(pageDir, sizeBytes)}`;
}

async function profileThreads(pageDir: string, sizeBytes: number): Promise<string> {
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir);
    await browser.run({ type: 'write-random', sizeBytes });
    let watch: ThreadWatch | undefined;
    let spent: readonly ThreadTime[] = [];
    const { uploadMs } = await runHoldfast(browser, {
      restore: false,
      onMark: async (mark, serverPid) => {
        if (mark === 'upload-start') watch = await ThreadWatch.start([browser.pid, serverPid]);
        if (mark === 'upload-end' && watch !== undefined) spent = await watch.stop();
      },
    });
    return threadTable(spent, uploadMs, sizeBytes);
  });
}

async function profileFunctions(pageDir: string, sizeBytes: number): Promise<string> {
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir, ['--remote-debugging-port=0']);
    await browser.run({ type: 'write-random', sizeBytes });
    const profiler = await WorkerProfiler.attach(browser.profileDir);
    let profiles: readonly WorkerProfile[] = [];
    const { uploadMs } = await runHoldfast(browser, {
      restore: false,
      onMark: async (mark) => {
        if (mark === 'upload-start') await profiler.start();
        if (mark === 'upload-end') profiles = await profiler.stop();
      },
    });
    const tables = profiles.map((profile) => functionTable(profile, uploadMs));
    return [`Functions, with the profiler attached: ${speed(sizeBytes, uploadMs)}`, ...tables].join('\n\n');
  });
}

function threadTable(spent: readonly ThreadTime[], uploadMs: number, sizeBytes: number): string {
  const total: ThreadTime = {
    process: 'all',
    thread: 'all',
    userMs: spent.reduce((sum, { userMs }) => sum + userMs, 0),
    kernelMs: spent.reduce((sum, { kernelMs }) => sum + kernelMs, 0),
  };
  const rows = [...spent.slice(0, THREADS_SHOWN), total].map(({ process, thread, userMs, kernelMs }) => {
    const busy = ((userMs + kernelMs) / uploadMs) * 100;
    const perMegabyte = (ms: number): string => (ms / (sizeBytes / MEGABYTE)).toFixed(2).padStart(7);
    return `${busy.toFixed(0).padStart(4)} %  ${perMegabyte(userMs)}  ${perMegabyte(kernelMs)}  ${thread.padEnd(16)} ${process}`;
  });
  return [
    `Threads, with nothing attached: ${speed(sizeBytes, uploadMs)}`,
    '  busy  user ms/MB, kernel ms/MB',
    ...rows,
  ].join('\n');
}

function functionTable({ url, selfMs }: WorkerProfile, uploadMs: number): string {
  const rows = selfMs
    .slice(0, FUNCTIONS_SHOWN)
    .map(([name, ms]) => `${((ms / uploadMs) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [new URL(url).pathname, ...rows].join('\n');
}

function speed(sizeBytes: number, ms: number): string {
  return `${(sizeBytes / MEGABYTE / (ms / 1_000)).toFixed(1)} MB/s`;
}
