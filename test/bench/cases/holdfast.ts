/** The product: its built server as a process, its engine in the page. */
import { startServer } from '../../helpers/server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { BenchBrowser } from '../browser.ts';
import { MEGABYTE, speedOf } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { ProcessWatch } from '../process-watch.ts';
import type { Costs } from '../process-watch.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';
import type { Mark } from '../tasks.ts';

export interface HoldfastRun {
  readonly uploadMs: number;
  readonly uploadCosts: Costs;
  readonly restore: { readonly ms: number; readonly costs: Costs } | undefined;
}

export interface HoldfastOptions {
  readonly restore: boolean;
  /** Also hears of each mark; the page waits until it resolves. */
  readonly onMark?: (name: Mark, serverPid: number) => Promise<void>;
}

/** Backs RANDOM_FILE up to a new server, into a new account: nothing is there to be deduplicated with. */
export async function runHoldfast(browser: BenchBrowser, options: HoldfastOptions): Promise<HoldfastRun> {
  return withScope(async (scope) => {
    const dataDir = await tempDir(scope);
    const server = await startServer(scope, {
      dataDir,
      env: { HOLDFAST_ALLOWED_ORIGINS: browser.origin },
    });
    const costs = new Map<Mark, Costs>();
    let watch: ProcessWatch | undefined;
    const onMark = async (name: Mark): Promise<void> => {
      if (name.endsWith('-start')) {
        await settle();
        await options.onMark?.(name, server.pid());
        watch = await ProcessWatch.start(browser.pid, server.pid());
        return;
      }
      if (watch !== undefined) costs.set(name, await watch.stop());
      await options.onMark?.(name, server.pid());
    };
    const task = {
      type: 'holdfast',
      serverUrl: server.wsUrl,
      firstRunToken: await server.firstRunToken(),
      restore: options.restore,
    } as const;
    const { uploadMs, restoreMs } = await browser.run(task, onMark);
    const uploadCosts = costs.get('upload-end');
    const restoreCosts = costs.get('restore-end');
    if (uploadMs === undefined || uploadCosts === undefined) throw new Error('The page timed no upload.');
    if (restoreMs === undefined || restoreCosts === undefined)
      return { uploadMs, uploadCosts, restore: undefined };
    return { uploadMs, uploadCosts, restore: { ms: restoreMs, costs: restoreCosts } };
  });
}

/** Its speeds, and what each megabyte cost. */
export function holdfastMeasurements(run: HoldfastRun, sizeBytes: number): Measurement[] {
  const measurements = [
    speedOf('upload', sizeBytes, run.uploadMs),
    ...costMeasurements('upload', sizeBytes, run.uploadCosts),
  ];
  if (run.restore === undefined) return measurements;
  return [
    ...measurements,
    speedOf('restore', sizeBytes, run.restore.ms),
    ...costMeasurements('restore', sizeBytes, run.restore.costs),
  ];
}

/** Memory beyond the start, and processor time a megabyte. */
export function costMeasurements(name: string, sizeBytes: number, costs: Costs): Measurement[] {
  const growth = (role: keyof Costs): Measurement => ({
    name: `${name} ${role} growth`,
    value: costs[role].growthBytes / MEGABYTE,
    unit: 'MB',
  });
  const cpu = (role: keyof Costs): Measurement => ({
    name: `${name} ${role} cpu`,
    value: costs[role].cpuMs / (sizeBytes / MEGABYTE),
    unit: 'ms/MB',
  });
  return [
    ...(['renderer', 'browserTree', 'server'] as const).map(growth),
    ...(['renderer', 'network', 'browser', 'other', 'server'] as const).map(cpu),
  ];
}
