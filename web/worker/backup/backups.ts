/** Starts backups as jobs: each between two looks at what the server has. */
import type { JobId } from '../../../shared/ids.ts';
import type { BackupRequest } from '../../bridge/engine-api.ts';
import type { ServiceContext } from '../service-context.ts';
import { backUp } from './backup-job.ts';

export class Backups {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Backs up what was picked; how it goes is in the job. */
  start(request: BackupRequest): JobId {
    const { ports, device, link, vault, jobs } = this.#context;
    const { session, mirror } = vault;
    return jobs.start('backup', request.sourceName, async (job) => {
      await vault.sync(job.signal);
      const receipt = await backUp({ ...ports, session, device, link, mirror }, request, job);
      await vault.sync(job.signal);
      return receipt;
    });
  }
}
