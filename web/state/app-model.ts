/**
 * All state of the page, made once from its ports (main.ts gives the real ones, tests give others) and
 * handed down to the elements. Sends each of the engine's events to the store that it concerns.
 */
import { CollectionNudge } from '../../shared/collection-nudge.ts';
import type { DeviceStorageControl } from '../bridge/device-storage.ts';
import type { Downloads } from '../bridge/download.ts';
import type { EngineApi, EngineEvent, JobPhase, JobProgress, SessionState } from '../bridge/engine-api.ts';
import type { InstallOffer } from '../bridge/install-prompt.ts';
import type { OutboxState } from '../bridge/outbox-api.ts';
import { problemFor, problemOf } from '../bridge/problems.ts';
import type { PreviewAddresses } from '../bridge/preview-addresses.ts';
import type { ReminderControl } from '../bridge/reminders.ts';
import type { WakeLockControl } from '../bridge/wake-lock.ts';
import { Backups } from './backups.ts';
import { ConnectionStore } from './connection-store.ts';
import { DeviceStore } from './device-store.ts';
import { History } from './history.ts';
import { isOver, JobsStore } from './jobs-store.ts';
import { LogStore } from './log-store.ts';
import { NetworkStore } from './network-store.ts';
import { Notices } from './notices.ts';
import { PreferencesStore, type TextStorage } from './preferences.ts';
import { OutboxStore } from './outbox-store.ts';
import { phaseWords } from './phase-words.ts';
import { Previews, type UrlMaker } from './previews.ts';
import { Reminders } from './reminders.ts';
import { Restores } from './restores.ts';
import { Router, type AddressBar } from './router.ts';
import { SessionStore } from './session-store.ts';
import { SnapshotsStore } from './snapshots-store.ts';
import { SourcesStore } from './sources-store.ts';
import { Updates, type UpdateSource } from './updates.ts';

/** The outside world, as far as the page's state needs it. */
export interface AppPorts {
  readonly engine: EngineApi;
  readonly addressBar: AddressBar;
  readonly storage: TextStorage | undefined;
  readonly downloads: Downloads;
  readonly updates: UpdateSource;
  readonly deviceStorage: DeviceStorageControl;
  readonly installOffer: InstallOffer;
  readonly reminders: ReminderControl;
  readonly previewAddresses: PreviewAddresses;
  readonly urls: UrlMaker;
  readonly wakeLock: WakeLockControl;
  readonly nowMs: () => number;
  readonly serverUrl: string;
  readonly deviceName: string;
}

type Handlers = {
  readonly [Type in EngineEvent['type']]: (event: Extract<EngineEvent, { type: Type }>) => void;
};

export class AppModel {
  readonly router: Router;
  readonly preferences: PreferencesStore;
  readonly session: SessionStore;
  readonly connection: ConnectionStore;
  readonly jobs: JobsStore;
  readonly outbox: OutboxStore;
  readonly snapshots: SnapshotsStore;
  readonly sources: SourcesStore;
  readonly backups: Backups;
  readonly history: History;
  readonly previews: Previews;
  readonly restores: Restores;
  readonly device: DeviceStore;
  readonly network: NetworkStore;
  readonly reminders: Reminders;
  readonly log = new LogStore();
  readonly notices = new Notices();
  readonly updates: Updates;
  readonly nowMs: () => number;
  readonly #ports: AppPorts;
  readonly #nudge = new CollectionNudge();
  #started = false;
  #leaving = false;
  /** Whose log it is. */
  #logOf: string | undefined;

  constructor(ports: AppPorts) {
    const { engine } = ports;
    this.#ports = ports;
    this.nowMs = ports.nowMs;
    this.router = new Router(ports.addressBar);
    this.preferences = new PreferencesStore(ports.storage);
    this.session = new SessionStore(engine, this.preferences);
    this.connection = new ConnectionStore(engine);
    this.jobs = new JobsStore(engine, ports.nowMs);
    this.outbox = new OutboxStore(engine);
    this.snapshots = new SnapshotsStore(engine);
    this.sources = new SourcesStore(engine);
    this.history = new History(engine);
    this.previews = new Previews(engine, ports.previewAddresses, ports.urls);
    this.backups = new Backups({
      engine,
      sources: this.sources,
      preferences: this.preferences,
      askPersistence: () => ports.deviceStorage.persist(),
      warn: (text) => {
        this.#warn(text);
      },
    });
    this.device = new DeviceStore(ports.deviceStorage, ports.installOffer);
    this.network = new NetworkStore(engine);
    this.reminders = new Reminders(ports.reminders, this.sources, (text) => {
      this.#warn(text);
    });
    this.restores = new Restores(engine, ports.downloads, this.notices);
    this.updates = new Updates(ports.updates);
  }

  /** Starts the engine. What goes wrong is told in the session; never rejects. */
  async start(): Promise<void> {
    const { engine, serverUrl, deviceName } = this.#ports;
    this.session.session.subscribe(() => {
      this.#sessionChanged();
    });
    this.jobs.jobs.subscribe(() => {
      this.#ports.wakeLock.hold(this.jobs.isBusy);
    });
    try {
      const starting = engine.start({ serverUrl, deviceName });
      await engine.subscribe((event) => {
        this.#onEvent(event);
      });
      this.#startedAs(await starting);
    } catch (error) {
      this.session.set({ kind: 'failed', problem: problemOf(error) });
    }
  }

  /** The engine's thread broke down: at the start that is the end, later it may go on. */
  engineFailed(detail: string): void {
    const problem = problemFor('internal', detail);
    this.log.add({ atMs: this.nowMs(), level: 'error', text: `${problem.words} ${detail}` });
    if (this.#started) this.notices.problem(problem);
    else this.session.set({ kind: 'failed', problem });
  }

  /** Signs out and drops what this page knew of the vault. Rejects as the engine does. */
  async signOut(): Promise<void> {
    await this.#leave(async () => {
      await this.session.signOut();
      await this.reminders.forget();
    });
  }

  /** Drops the keys, and what this page knew of the vault; the queue goes on. Rejects as the engine does. */
  async lock(): Promise<void> {
    await this.#leave(() => this.#ports.engine.lock());
  }

  /** The person confirmed that the server was restored from an older copy. Rejects as the engine does. */
  async acceptHistory(): Promise<void> {
    await this.#ports.engine.acceptHistory();
    await this.#changed();
  }

  /** Nobody is to be told that the session ended while the person ends it. */
  async #leave(work: () => Promise<void>): Promise<void> {
    this.#leaving = true;
    try {
      await work();
    } finally {
      this.#leaving = false;
    }
  }

  #startedAs(session: SessionState): void {
    this.#started = true;
    this.session.set(session);
  }

  #warn(text: string): void {
    this.log.add({ atMs: this.nowMs(), level: 'warn', text });
  }

  #sessionTold(session: SessionState): void {
    const lost = this.session.isSignedIn && session.kind === 'signed-out' && !this.#leaving;
    this.session.set(session);
    if (lost) this.notices.problem(problemFor('session-expired'));
  }

  #sessionChanged(): void {
    const session = this.session.session.value;
    if (session.kind === 'signed-in') {
      this.#enteredAs(session.accountName);
      void this.#changed();
      return;
    }
    this.notices.dismissAll();
    this.snapshots.clear();
    this.sources.clear();
    this.history.clear();
    this.jobs.clear();
  }

  /** The log names files: it is not for another account's eyes. */
  #enteredAs(accountName: string): void {
    if (this.#logOf !== undefined && this.#logOf !== accountName) this.log.clear();
    this.#logOf = accountName;
  }

  #onEvent(event: EngineEvent): void {
    // Each handler takes its own kind of event; the table's type keeps them together.
    const handle = this.#handlers[event.type] as (event: EngineEvent) => void;
    handle(event);
  }

  readonly #handlers: Handlers = {
    connection: ({ connection }) => {
      this.connection.set(connection);
    },
    session: ({ session }) => {
      // Before the engine has looked for a stored session, it can only say that nobody is signed in.
      if (this.#started) this.#sessionTold(session);
    },
    job: (event) => {
      this.#onJob(event);
    },
    outbox: ({ outbox }) => {
      this.#onOutbox(outbox);
    },
    'snapshots-changed': () => {
      void this.snapshots.refresh();
      // One from the queue or another device may be a source's first, and is its newest.
      void this.sources.refresh();
    },
    'sources-changed': () => {
      void this.sources.refresh();
    },
    alarm: ({ problem }) => {
      this.notices.alarm(problem);
    },
    log: ({ line }) => {
      this.log.add(line);
    },
  };

  #onJob({ job }: Extract<EngineEvent, { type: 'job' }>): void {
    const before = this.jobs.find(job.jobId)?.progress.phase;
    this.jobs.set(job);
    if (before === job.phase) return;
    this.notices.announce(`${job.title}: ${phaseWords(job.phase)}`);
    if (isOver(job.phase) && before !== undefined) this.#onJobOver(job.kind, job.title, job.phase);
  }

  /** What waited and has a receipt now has arrived: the person who waited for it hears so. */
  #onOutbox(outbox: OutboxState): void {
    const waited = new Set(this.outbox.queue.map(({ jobId }) => jobId));
    this.outbox.set(outbox);
    for (const { jobId, sourceName } of outbox.receipts) {
      if (!waited.has(jobId)) continue;
      const name = sourceName === undefined ? 'A backup' : `“${sourceName}”`;
      this.notices.toast('success', `${name} has reached the server.`);
    }
  }

  #onJobOver(kind: JobProgress['kind'], title: string, phase: JobPhase): void {
    if (phase === 'done') this.notices.toast('success', doneWords(kind, title));
    if (phase === 'queued') this.#tellQueued(title);
    if (kind === 'backup') void this.#changed();
    this.#nudge.now();
  }

  #tellQueued(title: string): void {
    this.notices.toast('info', `“${title}” is sealed and waits in the queue.`, {
      actionLabel: 'Open the queue',
      onAction: () => {
        this.router.go({ page: 'queue' });
      },
    });
  }

  async #changed(): Promise<void> {
    await Promise.all([this.snapshots.refresh(), this.sources.refresh()]);
  }
}

const DONE_WORDS: Readonly<Record<JobProgress['kind'], string>> = {
  backup: 'is backed up',
  restore: 'is restored',
  verify: 'is verified',
};

function doneWords(kind: JobProgress['kind'], title: string): string {
  return `“${title}” ${DONE_WORDS[kind]}.`;
}
