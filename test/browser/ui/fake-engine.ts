/**
 * An engine without keys, server or files, for tests of the page: it keeps its promises of
 * engine-api.ts in memory, and a test can make it say anything with `emit`.
 */
import type { JobId, SnapshotId } from '../../../shared/ids.ts';
import type {
  BackupRequest,
  EngineApi,
  EngineEvent,
  EntryInfo,
  JobProgress,
  RestoreRequest,
  ServerStatus,
  SnapshotInfo,
} from '../../../web/bridge/engine-api.ts';
import type { NetworkSettings } from '../../../web/bridge/network-api.ts';
import { FAKE_NOW_MS, fakeFolder, fakeJob, ONLINE, type FakeOptions } from './fake-data.ts';
import { FakeOutbox, NO_OUTBOX } from './fake-outbox.ts';
import { fakeFile } from './fake-past.ts';

export * from './fake-data.ts';
export { crossing } from './fake-calls.ts';

const DEFAULTS: Required<FakeOptions> = {
  session: { kind: 'signed-out' },
  connection: ONLINE,
  snapshots: [],
  sources: [],
  folder: fakeFolder,
  file: fakeFile,
  jobs: [],
  handle: undefined,
  matches: [],
  changes: [],
  hits: [],
  damage: [],
  outbox: NO_OUTBOX,
  network: { limits: {}, periods: [], pauseOnMetered: false },
  quotaBytes: 0,
};

export class FakeEngine extends FakeOutbox implements EngineApi {
  readonly #folder: (path: readonly string[]) => readonly EntryInfo[];
  #jobs: readonly JobProgress[];
  readonly #quotaBytes: number;
  #network: NetworkSettings;

  constructor(options: FakeOptions = {}) {
    const all = { ...DEFAULTS, ...options };
    super(all);
    this.#folder = all.folder;
    this.#jobs = all.jobs;
    this.#network = all.network;
    this.#quotaBytes = all.quotaBytes;
  }

  override emit(event: EngineEvent): void {
    if (event.type === 'job') this.#keep(event.job);
    super.emit(event);
  }

  subscribe(listener: (event: EngineEvent) => void): Promise<void> {
    this.listener = listener;
    listener({ type: 'connection', connection: this.connection });
    listener({ type: 'session', session: this.session });
    for (const job of this.#jobs) listener({ type: 'job', job });
    return this.outbox().then((outbox) => {
      listener({ type: 'outbox', outbox });
    });
  }

  backUp(request: BackupRequest): Promise<JobId> {
    return this.answer('backUp', request, () => {
      const job = fakeJob({
        jobId: this.newJobId(),
        title: request.sourceName,
        phase: 'scanning',
        bytesDone: 0,
        filesDone: 0,
      });
      this.emit({ type: 'job', job });
      return job.jobId;
    });
  }

  pauseJob(jobId: JobId): Promise<void> {
    return this.answer('pauseJob', jobId, () => {
      this.#change(jobId, { phase: 'paused' });
    });
  }

  resumeJob(jobId: JobId): Promise<void> {
    return this.answer('resumeJob', jobId, () => {
      this.#change(jobId, { phase: 'running' });
    });
  }

  cancelJob(jobId: JobId, options?: { readonly discard?: boolean }): Promise<void> {
    return this.answer('cancelJob', options === undefined ? jobId : { jobId, ...options }, () => {
      this.#change(jobId, { phase: 'cancelled', endedAtMs: FAKE_NOW_MS });
    });
  }

  listJobs(): Promise<readonly JobProgress[]> {
    return this.answer('listJobs', undefined, () => this.#jobs);
  }

  listSnapshots(): Promise<readonly SnapshotInfo[]> {
    return this.answer('listSnapshots', undefined, () => this.snapshots);
  }

  listFolder(snapshotId: SnapshotId, path: readonly string[]): Promise<readonly EntryInfo[]> {
    return this.answer('listFolder', { snapshotId, path }, () => this.#folder(path));
  }

  measureSelection(snapshotId: SnapshotId, selection: readonly (readonly string[])[]) {
    return this.answer('measureSelection', { snapshotId, selection }, () => ({
      files: 1_204,
      bytes: 3_456_000_000,
    }));
  }

  restore(request: RestoreRequest): Promise<JobId> {
    return this.answer('restore', request, () => {
      const job = fakeJob({ jobId: this.newJobId(), kind: 'restore', title: 'Photos', phase: 'running' });
      this.emit({ type: 'job', job });
      return job.jobId;
    });
  }

  networkSettings(): Promise<NetworkSettings> {
    return this.answer('networkSettings', undefined, () => this.#network);
  }

  setNetworkSettings(settings: NetworkSettings): Promise<void> {
    return this.answer('setNetworkSettings', settings, () => {
      this.#network = settings;
    });
  }

  acceptHistory(): Promise<void> {
    return this.answer('acceptHistory', undefined, () => undefined);
  }

  serverStatus(): Promise<ServerStatus> {
    return this.answer('serverStatus', undefined, () => ({
      uptimeMs: 9 * 86_400_000 + 7_400_000,
      serverVersion: '0.1.0',
      vaultStoredBytes: 48_230_000_000,
      vaultChunks: 41_207,
      vaultSnapshots: this.snapshots.length,
      trashedSnapshots: this.snapshots.filter(({ mark }) => mark === 'trashed').length,
      garbageBytes: 1_310_000_000,
      scrubbedAtMs: FAKE_NOW_MS - 30 * 3_600_000,
      damagedChunks: this.damagedChunks,
      quotaBytes: this.#quotaBytes,
    }));
  }

  #keep(job: JobProgress): void {
    this.#jobs = [job, ...this.#jobs.filter(({ jobId }) => jobId !== job.jobId)];
  }

  #change(jobId: JobId, changes: Partial<JobProgress>): void {
    const job = this.#jobs.find((each) => each.jobId === jobId);
    if (job !== undefined) this.emit({ type: 'job', job: { ...job, ...changes } });
  }
}
