/**
 * The engine: puts connection, account, vault and jobs together as the EngineApi that the page calls. Logic
 * lives in the parts; here is who is signed in, and what that gives or takes away.
 */
import { HoldfastError, toHoldfastError } from '../../shared/errors.ts';
import { randomId } from '../../shared/ids.ts';
import type { DeviceId, JobId } from '../../shared/ids.ts';
import type {
  ConnectionState,
  EngineApi,
  EngineEvent,
  JobProgress,
  LogLevel,
  ServerStatus,
  SessionState,
} from '../bridge/engine-api.ts';
import type { OutboxApi } from '../bridge/outbox-api.ts';
import { AccountService } from './account/account-service.ts';
import { ServerLink } from './connection/server-link.ts';
import { JobList } from './jobs/job-list.ts';
import { Network } from './network/network.ts';
import { DeviceOutbox } from './outbox/device-outbox.ts';
import type { EnginePorts, StoredSession } from './ports.ts';
import { problemOf } from './problems.ts';
import type { Device } from './service-context.ts';
import { openServices } from './services.ts';
import type { VaultServices } from './services.ts';
import { OpenVault } from './vault/open-vault.ts';

/** How often this device looks for what is new without being told of it. */
const LOOK_EVERY_MS = 15_000;

/** What `start` sets up. */
interface Running {
  readonly device: Device;
  readonly link: ServerLink;
  readonly accounts: AccountService;
  readonly network: Network;
  readonly outbox: DeviceOutbox;
}

export class Engine implements EngineApi, OutboxApi {
  readonly #ports: EnginePorts;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #jobs: JobList;
  #running: Running | undefined;
  #services: VaultServices | undefined;
  #connection: ConnectionState = { kind: 'connecting' };

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
    const device = { deviceId, deviceName: options.deviceName };
    const outbox = new DeviceOutbox({
      ...options,
      ports: this.#ports,
      device,
      link,
      jobs: this.#jobs,
      tell: (state) => {
        this.#tell({ type: 'outbox', outbox: state });
      },
      log: this.#log.bind(this),
    });
    const network = new Network(this.#ports, link.traffic, {
      hold: (reason) => {
        this.#jobs.hold(reason);
        outbox.service.hold(reason);
      },
    });
    await network.start();
    this.#running = { device, link, accounts: this.#accounts(link, device), network, outbox };
    const stored = await this.#ports.sessions.load();
    if (stored !== undefined) await this.#enter(stored);
    await outbox.start(stored === undefined);
    void link.run();
    return this.#session();
  }

  /** Ends connection and jobs; for tests and for a worker that is told to go. */
  stop(): void {
    this.#jobs.cancelAll();
    this.#services?.close();
    this.#running?.link.stop();
    this.#running?.network.stop();
    this.#running?.outbox.stop();
  }

  /** Tries to connect now: the device says that it is online again. */
  retryNow(): void {
    this.#running?.link.retryNow();
    this.#running?.outbox.retryNow();
  }

  async subscribe(listener: (event: EngineEvent) => void): Promise<void> {
    this.#listeners.add(listener);
    listener({ type: 'connection', connection: this.#connection });
    listener({ type: 'session', session: this.#session() });
    for (const job of this.#jobs.list()) listener({ type: 'job', job });
    if (this.#running !== undefined) listener({ type: 'outbox', outbox: await this.outbox() });
  }

  readonly prepareAccount: EngineApi['prepareAccount'] = async (request) =>
    this.#started().accounts.prepareAccount(request);
  readonly createAccount: EngineApi['createAccount'] = async (request) =>
    this.#started().accounts.createAccount(request);
  readonly signIn: EngineApi['signIn'] = async (request) => this.#started().accounts.signIn(request);
  readonly recover: EngineApi['recover'] = async (request) => this.#started().accounts.recover(request);
  readonly changePassword: EngineApi['changePassword'] = async (request) =>
    this.#started().accounts.changePassword(request);
  readonly prepareRecoveryKey: EngineApi['prepareRecoveryKey'] = async (request) =>
    this.#started().accounts.prepareRecoveryKey(request);
  readonly confirmRecoveryKey: EngineApi['confirmRecoveryKey'] = async (answers) =>
    this.#started().accounts.confirmRecoveryKey(answers);
  readonly createInvite: EngineApi['createInvite'] = async () => this.#started().accounts.createInvite();

  async signOut(): Promise<void> {
    const { outbox } = this.#started();
    this.#jobs.cancelAll();
    await this.#endSession();
    await outbox.forget();
    await this.#leave();
    const { mirror, folderCache, journal, sources } = this.#ports;
    await Promise.all([mirror.clear(), folderCache.clear(), journal.clear(), sources.clear()]);
  }

  async lock(): Promise<void> {
    this.#jobs.cancelAll(new HoldfastError('locked'));
    await this.#endSession();
    await this.#leave();
  }

  readonly backUp: EngineApi['backUp'] = async (request) =>
    Promise.resolve(this.#open().backups.start(request));
  readonly restore: EngineApi['restore'] = async (request) =>
    Promise.resolve(this.#open().restores.start(request));

  async pauseJob(jobId: JobId): Promise<void> {
    this.#jobs.find(jobId)?.pause();
    return Promise.resolve();
  }

  async resumeJob(jobId: JobId): Promise<void> {
    this.#jobs.find(jobId)?.resume();
    return Promise.resolve();
  }

  async cancelJob(jobId: JobId, { discard = false } = {}): Promise<void> {
    const job = this.#jobs.find(jobId);
    if (discard) job?.cancel();
    else job?.stop();
    return Promise.resolve();
  }

  async listJobs(): Promise<readonly JobProgress[]> {
    return Promise.resolve(this.#jobs.list());
  }

  readonly listSnapshots: EngineApi['listSnapshots'] = async () =>
    Promise.resolve(this.#open().vault.listSnapshots());
  readonly listFolder: EngineApi['listFolder'] = async (snapshotId, path) =>
    this.#open().vault.listFolder(snapshotId, path);
  readonly measureSelection: EngineApi['measureSelection'] = async (snapshotId, selection) =>
    this.#open().vault.measure(snapshotId, selection);

  readonly listSources: EngineApi['listSources'] = async () => this.#open().sources.listSources();
  readonly saveSource: EngineApi['saveSource'] = async (source) => this.#open().sources.saveSource(source);
  readonly forgetSource: EngineApi['forgetSource'] = async (sourceId) =>
    this.#open().sources.forgetSource(sourceId);
  readonly sourceHandle: EngineApi['sourceHandle'] = async (sourceId) =>
    this.#open().sources.sourceHandle(sourceId);
  readonly backUpSource: EngineApi['backUpSource'] = async (sourceId, mode) =>
    this.#open().sources.backUpSource(sourceId, mode);
  readonly matchSource: EngineApi['matchSource'] = async (picked) => this.#open().sources.matchSource(picked);
  readonly countRules: EngineApi['countRules'] = async (picked, rules, onCount) =>
    this.#open().sources.countRules(picked, rules, onCount);

  readonly diffSnapshots: EngineApi['diffSnapshots'] = async (before, after) =>
    this.#open().history.diff(before, after);
  readonly fileVersions: EngineApi['fileVersions'] = async (sourceId, path) =>
    this.#open().history.fileVersions(sourceId, path);
  readonly search: EngineApi['search'] = async (text, limit) => this.#open().history.search(text, limit);
  readonly previewRetention: EngineApi['previewRetention'] = async (sourceId, policy) =>
    Promise.resolve(this.#open().retention.preview(sourceId, policy));
  readonly applyRetention: EngineApi['applyRetention'] = async (sourceId) =>
    this.#open().retention.apply(sourceId);
  readonly markSnapshots: EngineApi['markSnapshots'] = async (snapshotIds, mark) =>
    this.#open().retention.mark(snapshotIds, mark);
  readonly verify: EngineApi['verify'] = async (snapshotId, depth) =>
    Promise.resolve(this.#open().verification.start(snapshotId, depth));
  readonly listDamage: EngineApi['listDamage'] = async () => this.#open().verification.listDamage();
  readonly startScrub: EngineApi['startScrub'] = async () => {
    await this.#started().link.requestOnce({ type: 'start-scrub' }, ['done']);
  };
  readonly openPreview: EngineApi['openPreview'] = async (snapshotId, path) =>
    this.#open().previews.open(snapshotId, path);
  readonly readRange: EngineApi['readRange'] = async (snapshotId, path, startByte, endByte) =>
    this.#open().previews.readRange(snapshotId, path, startByte, endByte);

  readonly networkSettings: EngineApi['networkSettings'] = async () =>
    this.#started().network.networkSettings();
  readonly setNetworkSettings: EngineApi['setNetworkSettings'] = async (settings) =>
    this.#started().network.setNetworkSettings(settings);

  readonly outbox: OutboxApi['outbox'] = async () => this.#queue().outbox();
  readonly pauseQueued: OutboxApi['pauseQueued'] = async (target) => this.#queue().pauseQueued(target);
  readonly resumeQueued: OutboxApi['resumeQueued'] = async (target) => this.#queue().resumeQueued(target);
  readonly retryQueued: OutboxApi['retryQueued'] = async (target) => this.#queue().retryQueued(target);
  readonly cancelQueued: OutboxApi['cancelQueued'] = async (target) => this.#queue().cancelQueued(target);
  readonly moveQueued: OutboxApi['moveQueued'] = async (jobId, before) =>
    this.#queue().moveQueued(jobId, before);
  readonly clearReceipts: OutboxApi['clearReceipts'] = async () => this.#queue().clearReceipts();

  async acceptHistory(): Promise<void> {
    await this.#open().vault.acceptHistory();
    this.#log('warn', 'The server’s present history was accepted as it is');
  }

  async serverStatus(): Promise<ServerStatus> {
    return this.#started().link.request({ type: 'status' }, ['server-status']);
  }

  #started(): Running {
    if (this.#running === undefined)
      throw new HoldfastError('internal', { detail: 'the engine is not started' });
    return this.#running;
  }

  #accounts(link: ServerLink, device: Device): AccountService {
    return new AccountService({
      link,
      random: this.#ports.random,
      runOpaque: this.#ports.runOpaque,
      device,
      here: {
        session: () => this.#session(),
        accountName: () => this.#open().vault.session.accountName,
        adopt: async (session, keepUnlocked) => this.#adopt(session, keepUnlocked),
        renew: async (session) => this.#renew(session),
      },
    });
  }

  #queue(): Omit<OutboxApi, 'lock'> {
    return this.#started().outbox.service;
  }

  /** Throws `locked`. */
  #open(): VaultServices {
    if (this.#services === undefined) throw new HoldfastError('locked');
    return this.#services;
  }

  #session(): SessionState {
    if (this.#services === undefined) {
      const lockedAccountName = this.#running?.outbox.lockedAccountName;
      return { kind: 'signed-out', ...(lockedAccountName === undefined ? {} : { lockedAccountName }) };
    }
    const { accountName, role } = this.#services.vault.session;
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
    await this.#started().outbox.ensureAccess(true);
  }

  async #enter(session: StoredSession): Promise<void> {
    const { link, device, outbox } = this.#started();
    link.useSession(session.token);
    this.#services?.close();
    const vault = await OpenVault.open(session, link, this.#ports, {
      onSnapshotsChanged: () => {
        this.#tell({ type: 'snapshots-changed' });
      },
      onHistoryBroken: (error) => {
        this.#log('error', `${error.message} (${error.detail ?? ''})`);
        this.#tell({ type: 'alarm', problem: problemOf(error) });
      },
    });
    this.#services = openServices({
      ports: this.#ports,
      device,
      link,
      vault,
      queue: outbox.queue,
      queued: outbox.opened(vault),
      jobs: this.#jobs,
      tell: this.#tell.bind(this),
      log: this.#log.bind(this),
    });
    this.#tell({ type: 'session', session: this.#session() });
    void this.#lookNowAndThen(vault.signal);
  }

  async #endSession(): Promise<void> {
    const { link } = this.#started();
    // Offline the server drops the session by time-out; here it is gone at once.
    if (!link.isConnected) return;
    try {
      await link.requestOnce({ type: 'sign-out' }, ['done']);
    } catch (error) {
      this.#log('warn', `The server was not told of signing out: ${toHoldfastError(error).message}`);
    }
  }

  /** Drops keys and session. */
  async #leave(): Promise<void> {
    const { link, outbox } = this.#started();
    link.useSession(undefined);
    this.#services?.close();
    this.#services = undefined;
    await this.#ports.sessions.clear();
    await outbox.locked();
    this.#tell({ type: 'session', session: this.#session() });
  }

  #sessionLost(error: HoldfastError): void {
    this.#jobs.cancelAll(error);
    this.#log('warn', error.message);
    this.#leave().catch((cause: unknown) => {
      this.#log('error', toHoldfastError(cause).message);
    });
  }

  /** A server may keep back what it should tell of, and a look may fail: this device looks by itself, too. */
  async #lookNowAndThen(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#ports.clock.sleep(LOOK_EVERY_MS, signal);
        if (this.#connection.kind === 'online') this.#sync();
      }
    } catch {
      // The vault is locked.
    }
  }

  /** Brings the mirror up to date in the background. */
  #sync(): void {
    this.#services?.vault.refresh().catch((error: unknown) => {
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
    if (state.kind === 'online') this.#wentOnline();
  }

  #wentOnline(): void {
    this.#sync();
    void this.#running?.outbox.ensureAccess();
    // Its own connection may be waiting out a long back-off.
    this.#running?.outbox.retryNow();
  }

  #log(level: LogLevel, text: string): void {
    this.#tell({ type: 'log', line: { atMs: this.#ports.clock.nowMs(), level, text } });
  }

  #tell(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
