/**
 * `npm run screens`: pictures of every page in `screens/`, for people to look at: dark and light, at
 * 1440x900 and at 390x844. Ordinary pages come from the real server; states that are hard to reach (errors,
 * long jobs, no connection) from the same elements over a fake engine. With names as arguments, only those of
 * the fake engine's pictures whose name begins so.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { launchPlaywright } from '../helpers/chromium.ts';
import { startServer } from '../helpers/server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { FAKE_STATES } from './fake-states.ts';
import { runCleanUps, type CleanUps } from './clean-ups.ts';
import { realFlow } from './real-flow.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const SCREENS = path.join(PROJECT, 'screens');

const SIZES = [
  { name: 'desktop', width: 1440, height: 900 },
  { name: 'phone', width: 390, height: 844 },
] as const;

const WANTED = process.argv.slice(2);
const THEMES = ['dark', 'light'] as const;
const SETTLE_MS = 400;

function isWanted(name: string): boolean {
  return WANTED.length === 0 || WANTED.some((start) => name.startsWith(start));
}

/** Takes the four pictures of what `page` shows. */
async function shoot(page: Page, name: string): Promise<void> {
  for (const { name: size, ...viewport } of SIZES) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(SETTLE_MS);
      await page.screenshot({ path: path.join(SCREENS, `${name}-${size}-${theme}.png`) });
    }
  }
  console.log(name);
}

async function shootReal(cleanUps: CleanUps): Promise<void> {
  const server = await startServer(cleanUps);
  const folder = await tempDir(cleanUps);
  const context = await launchPlaywright(cleanUps, path.join(folder, 'profile'));
  const page = await context.newPage();
  const source = path.join(folder, 'Letters');
  await mkdir(path.join(source, '2026'), { recursive: true });
  await writeFile(path.join(source, 'to Ada.txt'), 'Dear Ada');
  await writeFile(path.join(source, '2026', 'from Ada.txt'), 'Dear Mara');
  await realFlow(page, `${server.url}/#/first-run/${await server.firstRunToken()}`, source, shoot);
}

async function shootFake(cleanUps: CleanUps): Promise<void> {
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
  const context = await launchPlaywright(cleanUps, await tempDir(cleanUps));
  const page = await context.newPage();
  for (const { name, state, hash, act } of FAKE_STATES.filter(({ name }) => isWanted(name))) {
    await page.goto('about:blank');
    await page.goto(`${origin}test/screens/app/index.html?state=${state}${hash}`);
    await page.locator('html[data-ready]').waitFor();
    await page.locator('.starting').waitFor({ state: 'detached' });
    await act?.(page);
    await shoot(page, name);
  }
}

if (WANTED.length === 0) await rm(SCREENS, { recursive: true, force: true });
await mkdir(SCREENS, { recursive: true });
if (WANTED.length === 0) await runCleanUps(shootReal);
await runCleanUps(shootFake);
