/**
 * Chromium for tests: driven by Playwright, or bare. A timed transfer needs a bare one: an attached automation
 * client receives every WebSocket frame again and makes them ten times slower.
 */
import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/lib/chromium.mjs';
import { endProcessTree } from './end-process-tree.ts';
import { treeRssBytes } from './process-tree.ts';
import type { CleanUp } from './temp-dir.ts';

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
  const kill = (): Promise<void> => endProcessTree(child);
  test.after(kill);
  return { pid, kill, rssBytes: () => treeRssBytes(pid) };
}
