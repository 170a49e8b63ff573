/** The sink for what a person chose to restore into. */
import type { RestoreTarget } from '../../bridge/engine-api.ts';
import type { Job } from '../jobs/job.ts';
import type { EnginePorts } from '../ports.ts';
import type { ContentCheck } from './content-check.ts';
import { openDownloadPort } from './download-port.ts';
import { FolderSink } from './folder-sink.ts';
import { RestoreJournal } from './journal.ts';
import { singleFileSink } from './single-file-sink.ts';
import type { RestoreSink } from './sink.ts';
import { ZipSink } from './zip-sink.ts';

/** The job is cancelled when the receiver of a download goes away. */
export async function openSink(
  target: RestoreTarget,
  job: Job,
  hasContent: ContentCheck,
  { clock, journal }: Pick<EnginePorts, 'clock' | 'journal'>,
): Promise<RestoreSink> {
  if (target.kind === 'folder') {
    const { handle: root, conflict } = target;
    return new FolderSink({
      root,
      conflict,
      hasContent,
      journal: await RestoreJournal.begin(journal, job.progress().jobId, root),
    });
  }
  const port = openDownloadPort(target.port, () => {
    job.cancel();
  });
  return target.as === 'zip' ? ZipSink.open(port, clock.nowMs()) : singleFileSink(port);
}
