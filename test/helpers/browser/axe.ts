/**
 * axe in a page that Playwright drives. Its own package for Playwright judges the results in a blank page that it
 * opens each time, which costs four times as much; that is for frames of other origins, and the app has no frames.
 */
import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Every finding of axe that keeps people out, in both themes, as sentences. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  assert.equal(page.frames().length, 1, 'what is in a frame would not be looked at');
  const sentences: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found = await violations(page);
    sentences.push(...found.map((sentence) => `${colorScheme}: ${sentence}`));
  }
  return sentences;
}

async function violations(page: Page): Promise<readonly string[]> {
  // A page that was loaded anew lost it.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
  );
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${JSON.stringify(nodes.map(({ target }) => target))}`);
}
