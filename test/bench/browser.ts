/** A Chromium with a new profile on the bench's page, and nothing attached to it. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBare } from '../helpers/chromium.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { startBenchServer } from './bench-server.ts';
import { rendererRssBytes } from './process-watch.ts';
import type { Figures, Mark, Task } from './tasks.ts';

/** No task takes this long on any machine that can run the bench. */
const TASK_TIMEOUT_MS = 1_800_000;

export interface BenchBrowser {
  readonly pid: number;
  readonly origin: string;
  readonly profileDir: string;
  /** Runs a task in the page. Rejects with what it failed with, or when it takes too long. */
  run(task: Task, onMark?: (name: Mark) => Promise<void>): Promise<Figures>;
}

/**
 * Starts it on the page built in `pageDir`; it goes with its profile when the scope ends. `preferences` are a
 * person's settings, as Chromium keeps them.
 */
export async function startBrowser(
  scope: CleanUp,
  pageDir: string,
  args: readonly string[] = [],
  preferences?: object,
): Promise<BenchBrowser> {
  const server = await startBenchServer(scope, pageDir);
  const profileDir = await tempDir(scope);
  if (preferences !== undefined) await writePreferences(profileDir, preferences);
  const { pid } = launchBare(scope, server.origin, profileDir, args);
  return {
    pid,
    origin: server.origin,
    profileDir,
    run: async (task, onMark = async () => Promise.resolve()) => {
      const timeout = new AbortController();
      const result = await Promise.race([
        server.run(task, { onMark, rendererRssBytes: async () => rendererRssBytes(pid) }),
        sleep(TASK_TIMEOUT_MS, undefined, { signal: timeout.signal }),
      ]);
      timeout.abort();
      if (result === undefined) throw new Error(`The page did not end its task "${task.type}" in time.`);
      if (!result.ok) throw new Error(`The page failed at its task "${task.type}": ${result.problem}`);
      return result.figures;
    },
  };
}

async function writePreferences(profileDir: string, preferences: object): Promise<void> {
  await mkdir(path.join(profileDir, 'Default'));
  await writeFile(path.join(profileDir, 'Default', 'Preferences'), JSON.stringify(preferences));
}
