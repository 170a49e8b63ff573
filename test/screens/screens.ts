/**
 * `npm run screens`: pictures of every page in `screens/`, for people to look at: dark and light, at
 * 1440x900 and at 390x844. Ordinary pages come from the real server; states that are hard to reach (errors,
 * long jobs, no connection) from the same elements over a fake engine. With names as arguments, only those of
 * the fake engine's pictures whose name begins so.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchPlaywright } from '../helpers/chromium.ts';
import { startServer } from '../helpers/server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { FAKE_STATES } from './fake-states.ts';
import { runCleanUps, type CleanUps } from './clean-ups.ts';
import { realFlow } from './real-flow.ts';
import { openState, serveStates } from './serve-states.ts';

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

/** Takes the four pictures of what `page` shows, from what has the test id `top` on. */
async function shoot(page: Page, name: string, top?: string): Promise<void> {
  for (const { name: size, ...viewport } of SIZES) {
    await page.setViewportSize(viewport);
    if (top !== undefined) await scrollToTop(page, top);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(SETTLE_MS);
      await page.screenshot({ path: path.join(SCREENS, `${name}-${size}-${theme}.png`) });
    }
  }
  console.log(name);
}

/** Below the header, which stays. */
async function scrollToTop(page: Page, testId: string): Promise<void> {
  await page.getByTestId(testId).evaluate((element) => {
    element.scrollIntoView();
    scrollBy(0, -110);
  });
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
  const origin = await serveStates(cleanUps);
  const context = await launchPlaywright(cleanUps, await tempDir(cleanUps));
  const page = await context.newPage();
  for (const { name, state, hash, act, top } of FAKE_STATES.filter(({ name }) => isWanted(name))) {
    await openState(page, origin, { state, hash });
    await act?.(page);
    await shoot(page, name, top);
  }
}

if (WANTED.length === 0) await rm(SCREENS, { recursive: true, force: true });
await mkdir(SCREENS, { recursive: true });
if (WANTED.length === 0) await runCleanUps(shootReal);
await runCleanUps(shootFake);
