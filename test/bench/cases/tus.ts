/** The peer of resumable uploads: no encryption, no deduplication, no fdatasync. */
import { withScope } from '../scope.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { BenchBrowser } from '../browser.ts';
import { startChildServer } from '../child-server.ts';
import { speedOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { settle } from '../settle.ts';

/** The faster of the usual sizes. */
const REQUEST_BYTES = 32 * 1024 * 1024;

export async function runTus(browser: BenchBrowser, sizeBytes: number): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const { port } = await startChildServer(scope, 'tus-server.ts', await tempDir(scope));
    await settle();
    const endpoint = `http://127.0.0.1:${port}/files`;
    const { ms = NaN } = await browser.run({ type: 'tus', endpoint, requestBytes: REQUEST_BYTES });
    return [speedOf('tus', sizeBytes, ms, 'plaintext, requests of 32 MiB')];
  });
}
