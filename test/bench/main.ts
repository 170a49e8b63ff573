/** `npm run bench`: runs the cases in turn, as often as asked, and prints what came out. README.md says how. */
import { buildPage } from './build-page.ts';
import { startBrowser } from './browser.ts';
import { holdfastMeasurements, runHoldfast } from './cases/holdfast.ts';
import { measureUploadMemory } from './cases/memory.ts';
import { runMicro } from './cases/micro.ts';
import { runRaw } from './cases/raw.ts';
import { runMillion } from './cases/million.ts';
import { runReleases } from './cases/releases.ts';
import { prepareRestic, runRestic } from './cases/restic.ts';
import { runShaped } from './cases/shaped.ts';
import { runSmallFiles } from './cases/small-files.ts';
import { runTree } from './cases/tree.ts';
import { runTus } from './cases/tus.ts';
import type { Measurement } from './measurement.ts';
import { USAGE, readOptions } from './options.ts';
import type { BenchOptions, CaseName } from './options.ts';
import { profileUpload } from './profile-upload.ts';
import { linesOf, tableOf } from './report.ts';
import type { Line } from './report.ts';
import { withScope } from './scope.ts';

type Step = () => Promise<readonly Measurement[]>;

/** A line while it works: to the error stream, so that results can be piped. */
function say(text: string): void {
  console.error(text);
}

async function runSteps(steps: readonly Step[], runs: number): Promise<Line[]> {
  const measured: (readonly Measurement[])[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`Run ${run} of ${runs} …`);
    const inThisRun: Measurement[] = [];
    for (const step of steps) inThisRun.push(...(await step()));
    measured.push(inThisRun);
  }
  return linesOf(measured);
}

const TRANSFERS: readonly CaseName[] = ['raw', 'tus', 'restic', 'upload', 'restore'];

/** The cases that share one browser and one file, alternating. */
async function runTransfers(options: BenchOptions, pageDir: string): Promise<Line[]> {
  const { cases, sizeBytes, runs } = options;
  if (!TRANSFERS.some((name) => cases.has(name))) return [];
  return withScope(async (scope) => {
    const restic = cases.has('restic') ? await prepareRestic(scope, sizeBytes) : undefined;
    const browser = await startBrowser(scope, pageDir);
    await browser.run({ type: 'write-random', sizeBytes });
    const steps: readonly (readonly [boolean, Step])[] = [
      [cases.has('raw'), async () => runRaw(browser, sizeBytes)],
      [cases.has('tus'), async () => runTus(browser, sizeBytes)],
      [restic !== undefined, async () => (restic === undefined ? [] : runRestic(restic, sizeBytes))],
      [
        cases.has('upload') || cases.has('restore'),
        async () =>
          holdfastMeasurements(await runHoldfast(browser, { restore: cases.has('restore') }), sizeBytes),
      ],
    ];
    const lines = await runSteps(
      steps.flatMap(([isWanted, step]) => (isWanted ? [step] : [])),
      runs,
    );
    return cases.has('restic') && restic === undefined ? [...lines, RESTIC_LEFT_OUT] : lines;
  });
}

const RESTIC_LEFT_OUT: Line = {
  name: 'restic',
  value: null,
  unit: 'MB/s',
  vs: {},
  note: 'left out: restic is not installed',
};

async function runMicroSteps({ cases, runs }: BenchOptions, pageDir: string): Promise<Line[]> {
  if (!cases.has('micro')) return [];
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir);
    return runSteps([async () => runMicro(browser)], runs);
  });
}

async function runSmallFilesSteps({ cases, runs }: BenchOptions, pageDir: string): Promise<Line[]> {
  if (!cases.has('small-files')) return [];
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir);
    return runSteps([async () => runSmallFiles(browser)], runs);
  });
}

async function runMemory({ cases }: BenchOptions, pageDir: string): Promise<Line[]> {
  if (!cases.has('memory')) return [];
  const { measurements } = await measureUploadMemory(pageDir);
  return linesOf([measurements]);
}

/** The cases that are run alone and once: each makes what it measures anew. */
async function runScale({ cases }: BenchOptions, pageDir: string): Promise<Line[]> {
  const steps: readonly (readonly [CaseName, Step])[] = [
    ['million', async () => runMillion(pageDir, say)],
    ['tree', async () => runTree(pageDir, say)],
    ['releases', async () => runReleases(say)],
    ['shaped', async () => runShaped(say)],
  ];
  const lines: Line[] = [];
  for (const [name, step] of steps) if (cases.has(name)) lines.push(...linesOf([await step()]));
  return lines;
}

/** Undefined if the command line is wrong, which has been said then. */
function optionsOrUsage(): BenchOptions | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    say(error instanceof Error ? `${error.message}\n\n${USAGE}` : String(error));
    return undefined;
  }
}

async function main(): Promise<void> {
  const options = optionsOrUsage();
  if (options === undefined) {
    process.exitCode = 1;
    return;
  }
  const pageDir = await buildPage({ readable: options.profile });
  if (options.profile) {
    console.log(await profileUpload(pageDir, options.sizeBytes));
    return;
  }
  const lines = [
    ...(await runTransfers(options, pageDir)),
    ...(await runMemory(options, pageDir)),
    ...(await runMicroSteps(options, pageDir)),
    ...(await runSmallFilesSteps(options, pageDir)),
    ...(await runScale(options, pageDir)),
  ];
  console.log(options.json ? lines.map((line) => JSON.stringify(line)).join('\n') : tableOf(lines));
}

await main();
