/** The main flow in WebKit. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { runMainFlow } from '../helpers/browser/main-flow.ts';
import { findWebKit, openWebKitPage } from '../helpers/browser/webkit-page.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const programs = findWebKit();
if (programs === undefined) {
  console.log('WebKit is left out of this run: install webkit2gtk-driver and xvfb to test in it.');
} else {
  describe('WebKit', () => {
    it('backs 200 files up and restores them with every name and byte, and times to the second that it tells', async (test) => {
      const folder = await tempDir(test);
      const downloadDir = path.join(folder, 'downloads');
      await mkdir(downloadDir);
      const homeDir = path.join(folder, 'home');
      const page = await openWebKitPage(test, programs, { homeDir, downloadDir });
      await runMainFlow(test, page, { folder, downloadDir, timesWithinMs: 1000 });
    });
  });
}
