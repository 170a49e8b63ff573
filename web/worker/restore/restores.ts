/** Starts restores as jobs. */
import type { JobId } from '../../../shared/ids.ts';
import type { RestoreRequest } from '../../bridge/engine-api.ts';
import type { ServiceContext } from '../service-context.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import { openSink } from './open-sink.ts';
import { restore } from './restore-job.ts';

export class Restores {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Restores what is selected; how it goes is in the job. Throws `snapshot-missing`. */
  start(request: RestoreRequest): JobId {
    const { ports, link, vault, jobs } = this.#context;
    const { description } = vault.mirror.snapshot(request.snapshotId);
    return jobs.start('restore', description.sourceName, async (job) => {
      job.count(await vault.measure(request.snapshotId, request.selection, job.signal));
      const options = {
        onReceived: (transferredBytes: number): void => {
          job.add({ transferredBytes });
        },
      };
      const { keyrings } = vault.session;
      const fetcher = new ChunkFetcher(link, keyrings, ports.zstd, options);
      const folders = new FolderReader(
        new ChunkFetcher(link, keyrings, ports.zstd, { ...options, cache: ports.folderCache }),
      );
      const sink = openSink(request.target, () => {
        job.cancel();
      });
      await restore({ fetcher, folders, sink }, description.root, request.selection, job);
      return undefined;
    });
  }
}
