/**
 * The engine: puts connection, account, vault and jobs together as the EngineApi that the page calls. Logic
 * lives in the parts; here is who is signed in, and what that gives or takes away.
 */
import { HoldfastError, toHoldfastError } from '../../shared/errors.ts';
import { randomId } from '../../shared/ids.ts';
import type { DeviceId, JobId, SnapshotId } from '../../shared/ids.ts';
import type {
  BackupRequest,
  ConnectionState,
  EngineApi,
  EngineEvent,
  EntryInfo,
  JobProgress,
  LogLevel,
  RecoveryAnswer,
  RestoreRequest,
  ServerStatus,
  SessionState,
  SnapshotInfo,
} from '../bridge/engine-api.ts';
import { Account } from './account/account.ts';
import { PendingRecoveryCheck } from './account/recovery-check.ts';
import { backUp } from './backup/backup-job.ts';
import { ServerLink } from './connection/server-link.ts';
import { JobList } from './jobs/job-list.ts';
import type { EnginePorts, StoredSession } from './ports.ts';
import { problemOf } from './problems.ts';
import { openSink } from './restore/open-sink.ts';
import { restore } from './restore/restore-job.ts';
import { ChunkFetcher } from './vault/chunk-fetcher.ts';
import { FolderReader } from './vault/folder-reader.ts';
import { OpenVault } from './vault/open-vault.ts';

interface Device {
  readonly deviceId: DeviceId;
  readonly deviceName: string;
}

/** What `start` sets up. */
interface Running {
  readonly device: Device;
  readonly link: ServerLink;
  readonly account: Account;
}

export class Engine implements EngineApi {
  readonly #ports: EnginePorts;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #jobs: JobList;
  #running: Running | undefined;
  #vault: OpenVault | undefined;
  #connection: ConnectionState = { kind: 'connecting' };
  #check: PendingRecoveryCheck | undefined;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#jobs = new JobList(ports, (job) => {
      this.#tell({ type: 'job', job });
    });
  }

  async start(options: { readonly serverUrl: string; readonly deviceName: string }): Promise<SessionState> {
    const deviceId = await this.#ports.sessions.deviceId(() => randomId<DeviceId>(this.#ports.random));
    const link = new ServerLink(options.serverUrl, this.#ports, {
      onState: (state) => {
        this.#connectionChanged(state);
      },
      onPush: (message) => {
        if (message.type === 'vault-changed') this.#sync();
      },
      onSessionLost: (error) => {
        this.#sessionLost(error);
      },
    });
    this.#running = {
      device: { deviceId, deviceName: options.deviceName },
      link,
      account: new Account(link, this.#ports.random),
    };
    const stored = await this.#ports.sessions.load();
    if (stored !== undefined) await this.#enter(stored);
    void link.run();
    return this.#session();
  }

  /** Ends connection and jobs; for tests and for a worker that is told to go. */
  stop(): void {
    this.#jobs.cancelAll();
    this.#vault?.close();
    this.#running?.link.stop();
  }

  /** Tries to connect now: the device says that it is online again. */
  retryNow(): void {
    this.#running?.link.retryNow();
  }

  async subscribe(listener: (event: EngineEvent) => void): Promise<void> {
    this.#listeners.add(listener);
    listener({ type: 'connection', connection: this.#connection });
    listener({ type: 'session', session: this.#session() });
    for (const job of this.#jobs.list()) listener({ type: 'job', job });
    return Promise.resolve();
  }

  async prepareAccount(request: {
    readonly inviteToken: string;
    readonly name: string;
    readonly password: string;
  }): Promise<{ readonly recoveryWords: readonly string[]; readonly askPositions: readonly number[] }> {
    const { account } = this.#started();
    const prepared = await account.prepare(request);
    return this.#ask(prepared.recoveryWords, async (keepUnlocked) => {
      await account.create(prepared);
      await this.signIn({ ...request, keepUnlocked });
    });
  }

  async createAccount(request: {
    readonly answers: readonly RecoveryAnswer[];
    readonly keepUnlocked: boolean;
  }): Promise<SessionState> {
    await this.#confirm(request.answers, request.keepUnlocked);
    return this.#session();
  }

  async signIn(request: {
    readonly name: string;
    readonly password: string;
    readonly keepUnlocked: boolean;
  }): Promise<SessionState> {
    const { account, device } = this.#started();
    return this.#adopt(
      await account.signIn(request.name, request.password, device.deviceId),
      request.keepUnlocked,
    );
  }

  async recover(request: {
    readonly name: string;
    readonly recoveryWords: string;
    readonly newPassword: string;
    readonly keepUnlocked: boolean;
  }): Promise<SessionState> {
    const { account, device } = this.#started();
    return this.#adopt(await account.recover(request, device.deviceId), request.keepUnlocked);
  }

  async signOut(): Promise<void> {
    const { link } = this.#started();
    this.#jobs.cancelAll();
    try {
      await link.requestOnce({ type: 'sign-out' }, ['done']);
    } catch (error) {
      // Offline: the server drops the session by time-out; here it is gone at once.
      this.#log('warn', `The server was not told of signing out: ${toHoldfastError(error).message}`);
    }
    await this.#leave();
    await Promise.all([this.#ports.mirror.clear(), this.#ports.folderCache.clear()]);
  }

  async changePassword(request: {
    readonly currentPassword: string;
    readonly newPassword: string;
  }): Promise<void> {
    const { account, device } = this.#started();
    const { accountName } = this.#unlocked().session;
    const session = await account.changePassword({ ...request, name: accountName }, device.deviceId);
    await this.#renew(session);
  }

  async prepareRecoveryKey(request: {
    readonly currentPassword: string;
  }): Promise<{ readonly recoveryWords: readonly string[]; readonly askPositions: readonly number[] }> {
    const { account, device } = this.#started();
    const { accountName } = this.#unlocked().session;
    const prepared = await account.prepareRecoveryKey(accountName, request.currentPassword, device.deviceId);
    await this.#renew(prepared.session);
    return this.#ask(prepared.recoveryWords, prepared.confirm);
  }

  async confirmRecoveryKey(answers: readonly RecoveryAnswer[]): Promise<void> {
    await this.#confirm(answers, false);
  }

  async createInvite(): Promise<{ readonly inviteToken: string; readonly expiresAtMs: number }> {
    const { inviteToken, expiresAtMs } = await this.#started().link.requestOnce({ type: 'create-invite' }, [
      'invite',
    ]);
    return { inviteToken, expiresAtMs };
  }

  async backUp(request: BackupRequest): Promise<JobId> {
    const { link, device } = this.#started();
    const vault = this.#unlocked();
    const { session, mirror } = vault;
    const jobId = this.#jobs.start('backup', request.sourceName, async (job) => {
      await vault.sync(job.signal);
      const receipt = await backUp({ ...this.#ports, session, device, link, mirror }, request, job);
      await vault.sync(job.signal);
      return receipt;
    });
    return Promise.resolve(jobId);
  }

  async restore(request: RestoreRequest): Promise<JobId> {
    const { link } = this.#started();
    const vault = this.#unlocked();
    const { description } = vault.mirror.snapshot(request.snapshotId);
    const jobId = this.#jobs.start('restore', description.sourceName, async (job) => {
      job.count(await vault.measure(request.snapshotId, request.selection, job.signal));
      const options = {
        onReceived: (transferredBytes: number): void => {
          job.add({ transferredBytes });
        },
      };
      const { keyrings } = vault.session;
      const fetcher = new ChunkFetcher(link, keyrings, this.#ports.zstd, options);
      const folders = new FolderReader(
        new ChunkFetcher(link, keyrings, this.#ports.zstd, { ...options, cache: this.#ports.folderCache }),
      );
      const sink = openSink(request.target, () => {
        job.cancel();
      });
      await restore({ fetcher, folders, sink }, description.root, request.selection, job);
      return undefined;
    });
    return Promise.resolve(jobId);
  }

  async pauseJob(jobId: JobId): Promise<void> {
    this.#jobs.find(jobId)?.pause();
    return Promise.resolve();
  }

  async resumeJob(jobId: JobId): Promise<void> {
    this.#jobs.find(jobId)?.resume();
    return Promise.resolve();
  }

  async cancelJob(jobId: JobId): Promise<void> {
    this.#jobs.find(jobId)?.cancel();
    return Promise.resolve();
  }

  async listJobs(): Promise<readonly JobProgress[]> {
    return Promise.resolve(this.#jobs.list());
  }

  async listSnapshots(): Promise<readonly SnapshotInfo[]> {
    return Promise.resolve(this.#unlocked().listSnapshots());
  }

  async listFolder(snapshotId: SnapshotId, path: readonly string[]): Promise<readonly EntryInfo[]> {
    return this.#unlocked().listFolder(snapshotId, path);
  }

  async measureSelection(
    snapshotId: SnapshotId,
    selection: readonly (readonly string[])[],
  ): Promise<{ readonly files: number; readonly bytes: number }> {
    return this.#unlocked().measure(snapshotId, selection);
  }

  async serverStatus(): Promise<ServerStatus> {
    return this.#started().link.request({ type: 'status' }, ['server-status']);
  }

  #started(): Running {
    if (this.#running === undefined)
      throw new HoldfastError('internal', { detail: 'the engine is not started' });
    return this.#running;
  }

  #unlocked(): OpenVault {
    if (this.#vault === undefined) throw new HoldfastError('locked');
    return this.#vault;
  }

  #session(): SessionState {
    if (this.#vault === undefined) return { kind: 'signed-out' };
    const { accountName, role } = this.#vault.session;
    return { kind: 'signed-in', accountName, role };
  }

  async #adopt(session: StoredSession, keepUnlocked: boolean): Promise<SessionState> {
    if (keepUnlocked) await this.#ports.sessions.save(session);
    await this.#enter(session);
    this.#sync();
    return this.#session();
  }

  /** Takes up a session that signing in again gave, in place of the current one. */
  async #renew(session: StoredSession): Promise<void> {
    this.#started().link.useSession(session.token);
    if ((await this.#ports.sessions.load()) !== undefined) await this.#ports.sessions.save(session);
  }

  async #enter(session: StoredSession): Promise<void> {
    const { link } = this.#started();
    link.useSession(session.token);
    this.#vault?.close();
    this.#vault = await OpenVault.open(session, link, this.#ports, {
      onSnapshotsChanged: () => {
        this.#tell({ type: 'snapshots-changed' });
      },
      onHistoryBroken: (error) => {
        this.#log('error', `${error.message} (${error.detail ?? ''})`);
        this.#tell({ type: 'alarm', problem: problemOf(error) });
      },
    });
    this.#tell({ type: 'session', session: this.#session() });
  }

  /** Drops keys and session. */
  async #leave(): Promise<void> {
    this.#started().link.useSession(undefined);
    this.#vault?.close();
    this.#vault = undefined;
    await this.#ports.sessions.clear();
    this.#tell({ type: 'session', session: this.#session() });
  }

  #sessionLost(error: HoldfastError): void {
    this.#jobs.cancelAll(error);
    this.#log('warn', error.message);
    this.#leave().catch((cause: unknown) => {
      this.#log('error', toHoldfastError(cause).message);
    });
  }

  /** Brings the mirror up to date in the background. */
  #sync(): void {
    this.#vault?.sync().catch((error: unknown) => {
      const failure = toHoldfastError(error);
      this.#log(
        'warn',
        `The mirror is not up to date: ${failure.message} (${failure.detail ?? failure.code})`,
      );
      if (failure.code === 'history-broken') this.#tell({ type: 'alarm', problem: problemOf(failure) });
    });
  }

  #connectionChanged(state: ConnectionState): void {
    const before = this.#connection.kind;
    this.#connection = state;
    this.#tell({ type: 'connection', connection: state });
    if (state.kind === before || state.kind === 'connecting') return;
    this.#log('info', state.kind === 'online' ? 'Connected to the server' : 'Not connected to the server');
    this.#jobs.connected(state.kind === 'online');
    if (state.kind === 'online') this.#sync();
  }

  #ask(
    recoveryWords: readonly string[],
    onConfirmed: (keepUnlocked: boolean) => Promise<void>,
  ): { readonly recoveryWords: readonly string[]; readonly askPositions: readonly number[] } {
    this.#check = new PendingRecoveryCheck(recoveryWords, this.#ports.random, onConfirmed);
    return { recoveryWords, askPositions: this.#check.askPositions };
  }

  async #confirm(answers: readonly RecoveryAnswer[], keepUnlocked: boolean): Promise<void> {
    if (this.#check === undefined)
      throw new HoldfastError('internal', { detail: 'no recovery key is prepared' });
    await this.#check.confirm(answers, keepUnlocked);
    this.#check = undefined;
  }

  #log(level: LogLevel, text: string): void {
    this.#tell({ type: 'log', line: { atMs: this.#ports.clock.nowMs(), level, text } });
  }

  #tell(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
