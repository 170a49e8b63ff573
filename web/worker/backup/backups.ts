/** Starts backups as jobs: each between two looks at what the server has. */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { HoldfastError } from '../../../shared/errors.ts';
import type { JobId, SourceId } from '../../../shared/ids.ts';
import type { BackupRequest, JobProgress } from '../../bridge/engine-api.ts';
import type { Job } from '../jobs/job.ts';
import type { ServiceContext } from '../service-context.ts';
import { backUp } from './backup-job.ts';

export class Backups {
  readonly #context: ServiceContext;
  readonly #applyRetention: (sourceId: SourceId) => Promise<unknown>;

  constructor(context: ServiceContext, applyRetention: (sourceId: SourceId) => Promise<unknown>) {
    this.#context = context;
    this.#applyRetention = applyRetention;
  }

  /** Backs up what was picked; how it goes is in the job. `onEnded` hears once it has ended, and with what failure. */
  start(request: BackupRequest, onEnded: (failure?: HoldfastError) => void = () => undefined): JobId {
    return this.#context.jobs.start('backup', request.sourceName, async (job) => {
      try {
        const receipt = await this.#run(request, job);
        if (job.stopping.aborted) onEnded(toHoldfastError(job.stopping.reason));
        else onEnded();
        return receipt;
      } catch (error) {
        onEnded(toHoldfastError(job.signal.aborted ? job.signal.reason : error));
        throw error;
      }
    });
  }

  async #run(request: BackupRequest, job: Job): Promise<JobProgress['receipt']> {
    const { ports, device, link, vault, tell } = this.#context;
    const { session, mirror } = vault;
    await vault.sync(job.signal);
    const receipt = await backUp({ ...ports, session, device, link, mirror }, request, job);
    await vault.sync(job.signal);
    tell({ type: 'sources-changed' });
    const { description } = mirror.snapshot(receipt.snapshotId);
    // Not part of the job: what is kept and what not is no matter of this backup, and may wait for the server.
    if (!description.partial) void this.#keepByPolicy(description.sourceId);
    return receipt;
  }

  async #keepByPolicy(sourceId: SourceId): Promise<void> {
    try {
      await this.#applyRetention(sourceId);
    } catch (error) {
      if (!this.#context.vault.signal.aborted)
        this.#context.log('warn', `Old snapshots were not removed: ${toHoldfastError(error).message}`);
    }
  }
}
