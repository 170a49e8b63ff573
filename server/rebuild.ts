/**
 * The command that makes the index anew from the segments (npm run rebuild). Refuses while a server
 * runs on the data folder. Afterwards everyone signs in again.
 */
import { loadConfig } from './config.ts';
import { openDataFolder } from './data-folder.ts';
import { rebuildIndex } from './store/rebuild-index.ts';
import type { RecoveryReport } from './store/recovery.ts';
import { takeDataLock } from './store/sqlite/data-lock.ts';
import { exitWithSentence, systemClock, systemRandom } from './system.ts';

function describe({ records, entries, damages }: RecoveryReport): string {
  const { chunk, 'ref-page': refPage, snapshot, account, mark } = entries;
  const damagedBytes = damages.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  return [
    `Index made anew from ${records} records:`,
    `  accounts         ${account}`,
    `  snapshots        ${snapshot}`,
    `  reference pages  ${refPage}`,
    `  chunks           ${chunk}`,
    `  marks            ${mark}`,
    `  unreadable       ${damagedBytes} bytes in ${damages.length} places`,
  ].join('\n');
}

try {
  const { dataDir, segmentSizeBytes } = loadConfig();
  const folder = openDataFolder(dataDir);
  const lock = takeDataLock(folder.lock);
  const { segments: segmentsFolder, index: indexFile } = folder;
  const report = await rebuildIndex({
    segmentsFolder,
    indexFile,
    segmentSizeBytes,
    clock: systemClock,
    random: systemRandom,
  });
  lock.release();
  process.stdout.write(`${describe(report)}\n`);
} catch (error) {
  exitWithSentence(error);
}
