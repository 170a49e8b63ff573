/** Many small files restored, into a folder and as a zip: what a file costs, not what a byte costs. */
import { startServer } from '../../helpers/server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { BenchBrowser } from '../browser.ts';
import type { Measurement } from '../measurement.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';

const FILES = 20_000;

export async function runSmallFiles(browser: BenchBrowser): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const server = await startServer(scope, {
      dataDir: await tempDir(scope),
      env: { HOLDFAST_ALLOWED_ORIGINS: browser.origin },
    });
    const task = {
      type: 'small-files',
      serverUrl: server.wsUrl,
      firstRunToken: await server.firstRunToken(),
      files: FILES,
    } as const;
    const figures = await browser.run(task, async (name) => {
      if (name.endsWith('-start')) await settle();
    });
    return [filesPerSecond('folder', figures.folderMs), filesPerSecond('zip', figures.zipMs)];
  });
}

function filesPerSecond(target: string, ms = NaN): Measurement {
  return {
    name: `small-files restore ${target}`,
    value: FILES / (ms / 1_000),
    unit: 'files/s',
    note: `${FILES} files of up to 8 KiB`,
  };
}
