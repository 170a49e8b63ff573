/** Starts restores as jobs. */
import type { JobId } from '../../../shared/ids.ts';
import type { RestoreRequest } from '../../bridge/engine-api.ts';
import type { ServiceContext } from '../service-context.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import { ChunkLender } from './chunk-lender.ts';
import { contentCheck } from './content-check.ts';
import type { ContentCheck } from './content-check.ts';
import { openSink } from './open-sink.ts';
import { restore } from './restore-job.ts';

export class Restores {
  readonly #context: ServiceContext;
  readonly #hasContent: ContentCheck;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#hasContent = contentCheck(context.vault.session.keyrings.current);
  }

  /** Restores what is selected; how it goes is in the job. Throws `snapshot-missing`. */
  start(request: RestoreRequest): JobId {
    const { ports, link, vault, jobs } = this.#context;
    const { description } = vault.mirror.snapshot(request.snapshotId);
    return jobs.start('restore', description.sourceName, async (job) => {
      const sink = await openSink(request.target, job, this.#hasContent, ports);
      const options = {
        onReceived: (transferredBytes: number): void => {
          job.add({ transferredBytes });
        },
      };
      const { keyrings } = vault.session;
      const fetcher = new ChunkFetcher(link, keyrings, ports.zstd, options);
      const chunks = new ChunkLender(async (id) => fetcher.fetch('content', id, job.signal));
      const folders = new FolderReader(
        new ChunkFetcher(link, keyrings, ports.zstd, { ...options, cache: ports.folderCache }),
      );
      const measure = async () => vault.measure(request.snapshotId, request.selection, job.signal);
      await restore({ chunks, folders, sink, job, measure }, description.root, request.selection);
      return undefined;
    });
  }
}
