/** A hundred thousand small files: the first backup, and what later ones cost where little changed. */
import path from 'node:path';
import { startServer } from '../../helpers/server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { startBrowser } from '../browser.ts';
import { bytesBelow } from '../bytes-below.ts';
import { dropFolder } from '../drop-folder.ts';
import { TREE_FILES, changeTenFiles, renameFolder, writeManyFiles } from '../many-files.ts';
import { MEGABYTE } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { ProcessWatch } from '../process-watch.ts';
import type { Costs } from '../process-watch.ts';
import { openResticRepository, resticVersion } from '../restic-repository.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';
import { SCAN_LIMIT } from '../tasks.ts';
import type { Figures } from '../tasks.ts';

/** What happens to the tree before each backup. */
const STEPS: Readonly<Record<string, (root: string) => Promise<void>>> = {
  first: async () => Promise.resolve(),
  unchanged: async () => Promise.resolve(),
  'ten changed': changeTenFiles,
  renamed: renameFolder,
};

interface Prepared {
  readonly root: string;
  readonly pageDir: string;
}

export async function runTree(pageDir: string, say: (text: string) => void): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const root = path.join(await tempDir(scope), 'tree');
    say(`Writing ${TREE_FILES} files …`);
    const bytes = await writeManyFiles(root);
    const size: Measurement = { name: 'tree size', value: bytes / MEGABYTE, unit: 'MB' };
    return [size, ...(await runResticSteps(root)), ...(await runOwnSteps({ root, pageDir }))];
  });
}

async function runResticSteps(root: string): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const version = await resticVersion();
    if (version === undefined) return [];
    const restic = await openResticRepository(scope);
    const measured: Measurement[] = [];
    for (const [step, change] of Object.entries(STEPS)) {
      await change(root);
      await settle();
      const { ms, storedBytes, peakRssBytes } = await restic.backUp(root);
      measured.push(
        { name: `restic tree ${step}`, value: ms / 1_000, unit: 's', note: version },
        { name: `restic tree ${step} stored`, value: storedBytes / MEGABYTE, unit: 'MB' },
        { name: `restic tree ${step} memory`, value: peakRssBytes / MEGABYTE, unit: 'MB' },
      );
    }
    return measured;
  });
}

async function runOwnSteps({ root, pageDir }: Prepared): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir, ['--remote-debugging-port=0']);
    const server = await startServer(scope, {
      dataDir: await tempDir(scope),
      env: { HOLDFAST_ALLOWED_ORIGINS: browser.origin },
    });
    const measured: Measurement[] = [];
    const segments = path.join(server.dataDir, 'segments');
    let end: (step: string) => Promise<void> = async () => Promise.resolve();
    const begin = async (step: string): Promise<void> => {
      if (step === 'drop') return dropFolder(browser.profileDir, root);
      await STEPS[step]?.(root);
      await settle();
      const storedBefore = await bytesBelow(segments);
      const watch = await ProcessWatch.start(browser.pid, server.pid());
      end = async () => {
        const costs = await watch.stop();
        measured.push(...pageMeasurements(`tree ${step}`, costs));
        if (step === SCAN_LIMIT) return;
        const storedBytes = (await bytesBelow(segments)) - storedBefore;
        measured.push(...serverMeasurements(`tree ${step}`, costs, storedBytes));
      };
    };
    const task = {
      type: 'tree',
      serverUrl: server.wsUrl,
      firstRunToken: await server.firstRunToken(),
      files: TREE_FILES,
      steps: Object.keys(STEPS),
    } as const;
    const figures = await browser.run(task, async (mark) => {
      const step = mark.replace(/-(start|end)$/, '');
      await (mark.endsWith('-start') ? begin(step) : end(step));
    });
    return [...timeMeasurements(figures), ...measured];
  });
}

function timeMeasurements(figures: Figures): Measurement[] {
  const seconds = (step: string): Measurement => ({
    name: `tree ${step}`,
    value: (figures[`${step} ms`] ?? NaN) / 1_000,
    unit: 's',
  });
  const backups = Object.keys(STEPS).flatMap((step): Measurement[] => [
    seconds(step),
    { name: `tree ${step} sent`, value: (figures[`${step} sent`] ?? NaN) / MEGABYTE, unit: 'MB' },
  ]);
  return [seconds(SCAN_LIMIT), ...backups];
}

function pageMeasurements(name: string, { renderer, browser }: Costs): Measurement[] {
  return [
    { name: `${name} page growth`, value: renderer.growthBytes / MEGABYTE, unit: 'MB' },
    { name: `${name} page cpu`, value: renderer.cpuMs / 1_000, unit: 's' },
    // It looks each file up for the page.
    { name: `${name} browser cpu`, value: browser.cpuMs / 1_000, unit: 's' },
  ];
}

function serverMeasurements(name: string, { server }: Costs, storedBytes: number): Measurement[] {
  return [
    { name: `${name} stored`, value: storedBytes / MEGABYTE, unit: 'MB' },
    { name: `${name} server growth`, value: server.growthBytes / MEGABYTE, unit: 'MB' },
    { name: `${name} server cpu`, value: server.cpuMs / 1_000, unit: 's' },
  ];
}
