/**
 * The command that copies a server's data while it runs (npm run backup-server -- DIR), again and again into the same
 * folder, and brings a copy back into an empty data folder (--restore DIR).
 */
import { resolve } from 'node:path';
import { loadConfig } from './config.ts';
import { restoreCopy } from './copy/restore-copy.ts';
import { takeCopy } from './copy/take-copy.ts';
import { dataFolderAt } from './data-folder.ts';
import { exitWithSentence, systemClock } from './system.ts';

const USAGE = `Give the folder of the copy:
  npm run backup-server -- DIR            copies the server's data there, while it runs
  npm run backup-server -- --restore DIR  brings the copy back into an empty data folder
`;

function copy(dataDir: string, folder: string): number {
  const { segments, bytes, copiedBytes, removedSegments } = takeCopy(
    dataFolderAt(dataDir),
    folder,
    systemClock,
  );
  process.stdout.write(
    `Copied to ${folder}: ${segments} segments with ${bytes} bytes, ${copiedBytes} of them now; ` +
      `${removedSegments} segments that are gone were dropped.\n`,
  );
  return 0;
}

function restore(dataDir: string, folder: string): number {
  const { beganAt, files, bytes, damaged } = restoreCopy(folder, resolve(dataDir));
  process.stdout.write(`Brought back to ${dataDir}: ${files} files with ${bytes} bytes, as of ${beganAt}.\n`);
  if (damaged.length === 0) return 0;
  process.stdout.write(`Damaged in the copy, and brought back as far as they go: ${damaged.join(', ')}.\n`);
  return 1;
}

try {
  const { dataDir } = loadConfig();
  const words = process.argv.slice(2);
  const [folder, ...more] = words.filter((word) => word !== '--restore');
  if (folder === undefined || more.length > 0 || folder.startsWith('-')) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  } else {
    process.exitCode = words.includes('--restore') ? restore(dataDir, folder) : copy(dataDir, folder);
  }
} catch (error) {
  exitWithSentence(error);
}
