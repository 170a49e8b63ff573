/** Counts a source's files and bytes beside the backup, so that the page can say how far it is. */
import type { Job } from '../jobs/job.ts';
import type { SourceFolder } from './source-tree.ts';

/** Files that are opened at once: each costs the browser a round trip between processes. */
const AT_ONCE = 32;

/** Counts into `job`; what can't be read isn't counted. Never rejects. */
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

async function countFolder(
  folder: SourceFolder,
  totals: { files: number; bytes: number },
  waiting: SourceFolder[],
): Promise<void> {
  try {
    const entries = await folder.list();
    waiting.push(...entries.filter((entry) => entry.kind === 'folder'));
    const files = entries.filter((entry) => entry.kind === 'file');
    for (let start = 0; start < files.length; start += AT_ONCE) {
      const opened = await Promise.all(files.slice(start, start + AT_ONCE).map(async (file) => file.open()));
      totals.files += opened.length;
      totals.bytes += opened.reduce((sum, { size }) => sum + size, 0);
    }
  } catch {
    // The backup itself meets the same failure and reports it with its path.
    return;
  }
}
