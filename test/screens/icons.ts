/**
 * Draws the PNG icons of public/icons from their SVGs: `npx tsx test/screens/icons.ts`. Run it after a
 * change of an SVG; the PNGs are kept, so that a build needs no browser.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS } from '../../scripts/lib/chromium.mjs';
import { chromiumPath } from '../helpers/chromium.ts';

const ICONS = fileURLToPath(new URL('../../public/icons/', import.meta.url));

const DRAWN = [
  { from: 'icon.svg', to: 'icon-192.png', sizePx: 192 },
  { from: 'icon.svg', to: 'icon-512.png', sizePx: 512 },
  { from: 'maskable.svg', to: 'maskable-192.png', sizePx: 192 },
  { from: 'maskable.svg', to: 'maskable-512.png', sizePx: 512 },
  { from: 'maskable.svg', to: 'apple-touch-icon.png', sizePx: 180 },
] as const;

const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] });
for (const { from, to, sizePx } of DRAWN) {
  const page = await browser.newPage({ viewport: { width: sizePx, height: sizePx } });
  const svg = await readFile(path.join(ICONS, from), 'utf8');
  await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
  await page.screenshot({ path: path.join(ICONS, to), omitBackground: true });
  await page.close();
}
await browser.close();
