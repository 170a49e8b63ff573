/** Counts a source's files and bytes beside the backup, so that the page can say how far it is. */
import type { Job } from '../jobs/job.ts';
import type { SourceFolder } from './source-tree.ts';

/** Counts into `job`; what can't be read isn't counted. Never rejects. */
export async function countTree(root: SourceFolder, job: Job): Promise<void> {
  const totals = { files: 0, bytes: 0 };
  const waiting: SourceFolder[] = [root];
  for (let folder = waiting.pop(); folder !== undefined && !job.hasEnded; folder = waiting.pop()) {
    await countFolder(folder, totals, waiting);
    job.count(totals);
  }
}

async function countFolder(
  folder: SourceFolder,
  totals: { files: number; bytes: number },
  waiting: SourceFolder[],
): Promise<void> {
  try {
    for (const entry of await folder.list()) {
      if (entry.kind === 'folder') {
        waiting.push(entry);
        continue;
      }
      const file = await entry.open();
      totals.files += 1;
      totals.bytes += file.size;
    }
  } catch {
    // The backup itself meets the same failure and reports it with its path.
    return;
  }
}
