/** Starts restores: into a folder of this device, or as a download. */
import type { Downloads } from '../bridge/download.ts';
import type { ConflictChoice, EngineApi } from '../bridge/engine-api.ts';
import type { JobId, SnapshotId } from '../../shared/ids.ts';
import type { Notices } from './notices.ts';

type RestoreEngine = Pick<EngineApi, 'restore' | 'cancelJob'>;

/** What is to be restored; `[[]]` is the whole snapshot. */
export interface Selection {
  readonly snapshotId: SnapshotId;
  readonly paths: readonly (readonly string[])[];
}

/** Above this, a download that has to be held in memory needs a warning. */
export const LARGE_IN_MEMORY_BYTES = 256 * 1024 * 1024;

export class Restores {
  readonly #engine: RestoreEngine;
  readonly #downloads: Downloads;
  readonly #notices: Notices;

  constructor(engine: RestoreEngine, downloads: Downloads, notices: Notices) {
    this.#engine = engine;
    this.#downloads = downloads;
    this.#notices = notices;
  }

  /** Whether downloads go straight to disk. */
  get downloadsStream(): boolean {
    return this.#downloads.streams;
  }

  /** Rejects as the engine does. */
  intoFolder(
    selection: Selection,
    handle: FileSystemDirectoryHandle,
    conflict: ConflictChoice,
  ): Promise<JobId> {
    return this.#engine.restore({
      snapshotId: selection.snapshotId,
      selection: selection.paths,
      target: { kind: 'folder', handle, conflict },
    });
  }

  /** Downloads the selection as one archive. Rejects as the engine does. */
  asZip(selection: Selection, fileName: string): Promise<JobId> {
    return this.#download(selection, { as: 'zip', fileName });
  }

  /** Downloads the one selected file. Rejects as the engine does. */
  asFile(selection: Selection, fileName: string, sizeBytes: number): Promise<JobId> {
    return this.#download(selection, { as: 'file', fileName, sizeBytes });
  }

  async #download(
    selection: Selection,
    request: { readonly as: 'zip' | 'file'; readonly fileName: string; readonly sizeBytes?: number },
  ): Promise<JobId> {
    const { port, ended } = await this.#downloads.open(request);
    const jobId = await this.#engine.restore({
      snapshotId: selection.snapshotId,
      selection: selection.paths,
      target: { kind: 'stream', as: request.as, port },
    });
    void ended.then((how) => (how === 'lost' ? this.#lost(jobId) : undefined));
    return jobId;
  }

  async #lost(jobId: JobId): Promise<void> {
    this.#notices.toast('danger', 'The browser ended the download before it was complete. Start it again.');
    await this.#engine.cancelJob(jobId);
  }
}
