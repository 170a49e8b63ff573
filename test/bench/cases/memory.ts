/** Memory while a file goes up that is far larger than memory may grow: it must not depend on the size. */
import { withScope } from '../scope.ts';
import { startBrowser } from '../browser.ts';
import { MEGABYTE, speedOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { costMeasurements, runHoldfast } from './holdfast.ts';

export const MEMORY_FILE_BYTES = 3 * 1024 ** 3;

/** What memory may grow by from just before the backup begins, the file written and the person signed in. */
export const MEMORY_LIMITS = {
  /** The page with its workers. */
  rendererBytes: 150 * MEGABYTE,
  serverBytes: 100 * MEGABYTE,
} as const;

export interface UploadMemory {
  readonly rendererGrowthBytes: number;
  readonly serverGrowthBytes: number;
  readonly measurements: readonly Measurement[];
}

/** Uploads `sizeBytes` in a browser of its own. Nothing of it is left on the disk afterwards. */
export async function measureUploadMemory(
  pageDir: string,
  sizeBytes = MEMORY_FILE_BYTES,
): Promise<UploadMemory> {
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir);
    await browser.run({ type: 'write-random', sizeBytes });
    const { uploadMs, uploadCosts } = await runHoldfast(browser, { restore: false });
    return {
      rendererGrowthBytes: uploadCosts.renderer.growthBytes,
      serverGrowthBytes: uploadCosts.server.growthBytes,
      measurements: [
        speedOf('memory upload', sizeBytes, uploadMs),
        ...costMeasurements('memory', sizeBytes, uploadCosts),
      ],
    };
  });
}
