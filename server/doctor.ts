/**
 * The command that checks everything in a data folder (npm run doctor), says in plain words what is wrong, and mends it
 * if asked to (--repair). No server may run on the folder meanwhile. Ends with 0 if nothing is wrong, or nothing any
 * more; else with 1.
 */
import { existsSync } from 'node:fs';
import { HoldfastError } from '../shared/errors.ts';
import { loadConfig } from './config.ts';
import { dataFolderAt } from './data-folder.ts';
import { examine } from './doctor/examine.ts';
import type { Finding } from './doctor/finding.ts';
import { repair } from './doctor/repair.ts';
import { createLog } from './log.ts';
import { takeDataLock } from './store/sqlite/data-lock.ts';
import { exitWithSentence, systemClock, systemRandom } from './system.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report(title: string, findings: readonly Finding[]): number {
  const problems = findings.filter(({ kind }) => kind === 'problem');
  say(`${title}: ${problems.length === 0 ? 'nothing is wrong' : `${problems.length} problems`}.`);
  for (const { kind, what, remedy } of findings) {
    say(`${kind === 'problem' ? '!' : '-'} ${what}`);
    if (remedy !== undefined) say(`    ${remedy}`);
  }
  return problems.length;
}

try {
  const { dataDir, segmentSizeBytes } = loadConfig();
  const folder = dataFolderAt(dataDir);
  if (!existsSync(folder.segments)) {
    throw new HoldfastError('config-invalid', { detail: `There is no server's data in ${folder.path}.` });
  }
  const lock = takeDataLock(folder.lock);
  const parts = {
    folder,
    segmentSizeBytes,
    clock: systemClock,
    random: systemRandom,
    log: createLog('silent'),
  };
  const found = await examine(parts);
  let problems = report(folder.path, found.findings);
  if (problems > 0 && process.argv.includes('--repair')) {
    problems = report('After the repair', (await repair(parts, found)).findings);
  } else if (problems > 0) {
    say('Nothing was changed. npm run doctor -- --repair mends what can be mended.');
  }
  lock.release();
  process.exitCode = problems === 0 ? 0 : 1;
} catch (error) {
  exitWithSentence(error);
}
