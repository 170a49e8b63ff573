/** A local restic repository, format 2 with compression: the peer of the cases about many files and versions. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { bytesBelow } from './bytes-below.ts';

const execute = promisify(execFile);
const LOOK_EVERY_MS = 50;

export interface ResticBackup {
  readonly ms: number;
  readonly peakRssBytes: number;
  /** What the repository grew by. */
  readonly storedBytes: number;
}

export interface ResticRepository {
  /** Backs a file or folder up. */
  backUp(source: string): Promise<ResticBackup>;
}

/** Undefined if restic isn't installed. */
export async function resticVersion(): Promise<string | undefined> {
  return execute('restic', ['version']).then(
    ({ stdout }) => /^restic \S+/.exec(stdout)?.[0] ?? stdout.trim(),
    () => undefined,
  );
}

/** A new one, with a cache of its own; both go when the scope ends. */
export async function openResticRepository(scope: CleanUp): Promise<ResticRepository> {
  const folder = await tempDir(scope);
  const repository = path.join(folder, 'repository');
  const env = {
    ...process.env,
    RESTIC_REPOSITORY: repository,
    RESTIC_CACHE_DIR: path.join(folder, 'cache'),
    RESTIC_PASSWORD: 'a password for the benchmark',
  };
  await execute('restic', ['init', '--quiet', '--repository-version', '2'], { env });
  const storedBytes = async (): Promise<number> => bytesBelow(repository);
  return {
    backUp: async (source) => {
      const before = await storedBytes();
      const startedAtMs = performance.now();
      const peakRssBytes = await runWatched(['backup', '--quiet', '--compression', 'auto', source], env);
      const ms = performance.now() - startedAtMs;
      return { ms, peakRssBytes, storedBytes: (await storedBytes()) - before };
    },
  };
}

/** Runs restic to its end; the most memory that it had. */
async function runWatched(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('restic', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = (once(child, 'exit') as Promise<[number | null]>).then(([code]) => ({ code }));
  let peakBytes = 0;
  for (;;) {
    peakBytes = Math.max(peakBytes, await peakRssBytes(child.pid ?? 0));
    const ended = await Promise.race([exited, sleep(LOOK_EVERY_MS)]);
    if (ended === undefined) continue;
    if (ended.code !== 0) throw new Error(`restic ${args.join(' ')} ended with ${String(ended.code)}`);
    return peakBytes;
  }
}

/** The most memory that a process has had; 0 once it has ended. */
async function peakRssBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
