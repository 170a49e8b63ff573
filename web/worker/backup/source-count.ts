/** Counts a source's files and bytes beside the backup, so that the page can say how far it is. */
import type { Job } from '../jobs/job.ts';
import type { SourceFile, SourceFolder } from './source-tree.ts';

/** Files that are opened at once: each costs the browser a round trip between processes. */
const AT_ONCE = 32;
/** The first files are all opened, of the others one in so many: it costs as much as backing up half a small file. */
const ALL_OPENED = 10_000;
const ONE_OF = 8;

interface Totals {
  files: number;
  bytes: number;
}

/** Counts into `job`, the bytes of many files about; what can't be read isn't counted. Never rejects. */
export async function countTree(root: SourceFolder, job: Job): Promise<void> {
  const totals = { files: 0, bytes: 0 };
  const waiting: SourceFolder[] = [root];
  for (let folder = waiting.pop(); folder !== undefined && goesOn(job); folder = waiting.pop()) {
    await countFolder(folder, totals, waiting);
    job.count(totals);
  }
}

function goesOn({ hasEnded, stopping }: Job): boolean {
  return !hasEnded && !stopping.aborted;
}

async function countFolder(folder: SourceFolder, totals: Totals, waiting: SourceFolder[]): Promise<void> {
  try {
    let opening: Promise<number>[] = [];
    for (const entry of await folder.list()) {
      if (entry.kind === 'folder') waiting.push(entry);
      else if (stoodFor(totals.files++) > 0) opening.push(bytesStoodFor(entry, totals.files - 1));
      if (opening.length < AT_ONCE) continue;
      totals.bytes += sum(await Promise.all(opening));
      opening = [];
    }
    totals.bytes += sum(await Promise.all(opening));
  } catch {
    // The backup itself meets the same failure and reports it with its path.
    return;
  }
}

/** How many files the n-th one is opened for. */
function stoodFor(n: number): number {
  if (n < ALL_OPENED) return 1;
  return n % ONE_OF === 0 ? ONE_OF : 0;
}

async function bytesStoodFor(file: SourceFile, n: number): Promise<number> {
  return (await file.open()).size * stoodFor(n);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
