/** What browser, disk and machine give at most: no crypto, no protocol. */
import { withScope } from '../scope.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { BenchBrowser } from '../browser.ts';
import { startChildServer } from '../child-server.ts';
import { speedOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { settle } from '../settle.ts';

export async function runRaw(browser: BenchBrowser, sizeBytes: number): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const { port } = await startChildServer(scope, 'raw-server.ts', await tempDir(scope));
    await settle();
    const { ms = NaN } = await browser.run({ type: 'raw', url: `ws://127.0.0.1:${port}/` });
    return [speedOf('raw', sizeBytes, ms)];
  });
}
