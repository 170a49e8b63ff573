/** The main flow in Firefox. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { findFirefox, openFirefoxPage } from '../helpers/browser/firefox-page.ts';
import { runMainFlow } from '../helpers/browser/main-flow.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const executable = findFirefox();
if (executable === undefined) {
  console.log('Firefox is left out of this run: install firefox-esr to test in it.');
} else {
  describe('Firefox', () => {
    it('backs 200 files up and restores them with every name, byte and time', async (test) => {
      const folder = await tempDir(test);
      const downloadDir = path.join(folder, 'downloads');
      await mkdir(downloadDir);
      const profileDir = path.join(folder, 'profile');
      const page = await openFirefoxPage(test, executable, { profileDir, downloadDir });
      await runMainFlow(test, page, { folder, downloadDir, timesWithinMs: 1 });
    });
  });
}
