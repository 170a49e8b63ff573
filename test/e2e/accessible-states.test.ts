/**
 * Everyone can use what is hard to reach for real, too: axe finds nothing serious in a queue with every kind
 * of trouble, in front of a locked vault, in limits that are wrong. The same elements over a fake engine.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { axeFindings } from '../helpers/browser/axe.ts';
import { launchPlaywright } from '../helpers/chromium.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { FAKE_STATES } from '../screens/fake-states.ts';
import { openState, serveStates } from '../screens/serve-states.ts';

const STATES: readonly string[] = [
  '69-settings-network-wrong',
  '91-queue-troubled',
  '97-locked',
  '99-sign-out-queue',
  '9a-backup-queued',
];

describe('everyone can use', () => {
  const suite = suiteCleanUp();
  let origin: string;
  let page: Page;

  before(async () => {
    origin = await serveStates(suite);
    const context = await launchPlaywright(suite, path.join(await tempDir(suite), 'profile'));
    page = await context.newPage();
    await page.setViewportSize({ width: 390, height: 844 });
  });

  for (const picture of FAKE_STATES.filter(({ name }) => STATES.includes(name))) {
    it(picture.name, async () => {
      await openState(page, origin, picture);
      await picture.act?.(page);
      assert.deepEqual(await axeFindings(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(overflow, 0, 'it must not scroll sideways');
    });
  }
});
