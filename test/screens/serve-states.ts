/** Serves the app over a fake engine to a browser, and opens it in one of its states. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import type { CleanUps } from './clean-ups.ts';
import type { FakePicture } from './fake-states.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the address that it is served at, with a slash at its end. */
export async function serveStates(cleanUps: CleanUps): Promise<string> {
  const vite = await createServer({
    configFile: false,
    root: PROJECT,
    appType: 'mpa',
    logLevel: 'error',
    cacheDir: path.join(tmpdir(), 'holdfast-screens-vite'),
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  cleanUps.after(() => vite.close());
  await vite.listen();
  const [origin = ''] = vite.resolvedUrls?.local ?? [];
  return origin;
}

/** Opens a state at its address, and waits until the page is there. */
export async function openState(
  page: Page,
  origin: string,
  { state, hash }: Pick<FakePicture, 'state' | 'hash'>,
): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${origin}test/screens/app/index.html?state=${state}${hash}`);
  await page.locator('html[data-ready]').waitFor();
  await page.locator('.starting').waitFor({ state: 'detached' });
}
