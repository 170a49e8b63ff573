/**
 * Chromium for tests: driven by Playwright, or bare. A timed transfer needs a bare one: an attached automation
 * client receives every WebSocket frame again and makes them ten times slower.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chromium } from 'playwright-core';
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/lib/chromium.mjs';
import { isRunning, processTree, treeRssBytes } from './process-tree.ts';
import type { CleanUp } from './temp-dir.ts';
import { waitFor } from './wait.ts';

/** The executable; throws a sentence that says what to install. */
export function chromiumPath(): string {
  const found = findChromium();
  if (found === undefined) throw new Error('No Chromium found: install chromium, or set CHROME_PATH.');
  return found;
}

/**
 * A browser with a profile of its own in `userDataDir`, which a second start finds again. It is closed when
 * the test ends.
 */
export async function launchPlaywright(
  test: CleanUp,
  userDataDir: string,
  options: BrowserContextOptions & { readonly args?: readonly string[]; readonly headless?: boolean } = {},
): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(userDataDir, {
    ...options,
    executablePath: chromiumPath(),
    args: [...CHROMIUM_ARGS, ...(options.args ?? [])],
    handleSIGINT: false,
  });
  test.after(() => context.close());
  return context;
}

export interface BareBrowser {
  readonly pid: number;
  /** Ends every process of it and resolves when they are gone. */
  kill(): Promise<void>;
  /** Resident bytes of all its processes; memory that they share is counted in each. */
  rssBytes(): Promise<number>;
}

/** Opens `url` in a headless Chromium with no automation attached. It is killed when the test ends. */
export function launchBare(
  test: CleanUp,
  url: string,
  userDataDir: string,
  args: readonly string[] = [],
): BareBrowser {
  const child = spawn(
    chromiumPath(),
    [
      ...CHROMIUM_ARGS,
      '--headless=new',
      '--no-default-browser-check',
      `--user-data-dir=${userDataDir}`,
      ...args,
      url,
    ],
    { stdio: 'ignore' },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error('Chromium did not start.');
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const tree = await processTree(pid);
    for (const { pid: each } of tree) endProcess(each);
    await exited;
    await waitFor('Chromium to end', async () => {
      const running = await Promise.all(tree.map((each) => isRunning(each.pid)));
      return running.includes(true) ? undefined : true;
    });
  };
  test.after(kill);
  return { pid, kill, rssBytes: () => treeRssBytes(pid) };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
