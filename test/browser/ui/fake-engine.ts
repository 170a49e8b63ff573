/**
 * An engine without keys, server or files, for tests of the page: it keeps its promises of
 * engine-api.ts in memory, and a test can make it say anything with `emit`.
 */
import { ERRORS, type ErrorCode } from '../../../shared/errors.ts';
import type { JobId, SnapshotId, SourceId } from '../../../shared/ids.ts';
import type {
  BackupRequest,
  ConnectionState,
  EngineApi,
  EngineEvent,
  EntryInfo,
  JobProgress,
  RecoveryAnswer,
  RestoreRequest,
  ServerStatus,
  SessionState,
  SnapshotInfo,
} from '../../../web/bridge/engine-api.ts';

/** 24 words of the list, in no order that is a key. */
export const FAKE_WORDS: readonly string[] = [
  'anchor',
  'basket',
  'canyon',
  'daring',
  'ember',
  'fabric',
  'garden',
  'harvest',
  'island',
  'jungle',
  'kitten',
  'ladder',
  'marble',
  'napkin',
  'ocean',
  'pepper',
  'quantum',
  'ribbon',
  'saddle',
  'tunnel',
  'umbrella',
  'velvet',
  'walnut',
  'zebra',
];

export const FAKE_NOW_MS = Date.UTC(2026, 10, 24, 14, 5, 0);

/** The password that the fake account has. */
export const FAKE_PASSWORD = 'correct horse battery';

export interface FakeOptions {
  readonly session?: SessionState;
  readonly connection?: ConnectionState;
  readonly snapshots?: readonly SnapshotInfo[];
  /** The entries of a folder; the default is a small tree. */
  readonly folder?: (path: readonly string[]) => readonly EntryInfo[];
  readonly jobs?: readonly JobProgress[];
}

export const ONLINE: ConnectionState = {
  kind: 'online',
  latencyMs: 18,
  serverVersion: '0.1.0',
  sinceMs: FAKE_NOW_MS - 3_725_000,
};

export const SIGNED_IN: SessionState = { kind: 'signed-in', accountName: 'mara', role: 'admin' };

const DEFAULTS: Required<FakeOptions> = {
  session: { kind: 'signed-out' },
  connection: ONLINE,
  snapshots: [],
  folder: fakeFolder,
  jobs: [],
};

/** Everything that was asked of the engine, newest last. */
export interface Call {
  readonly method: string;
  readonly argument: unknown;
}

export class FakeEngine implements EngineApi {
  readonly calls: Call[] = [];
  /** What the next call of a method fails with. */
  readonly failures = new Map<string, ErrorCode>();
  snapshots: readonly SnapshotInfo[];
  readonly #folder: (path: readonly string[]) => readonly EntryInfo[];
  #session: SessionState;
  #connection: ConnectionState;
  #jobs: readonly JobProgress[];
  #listener: ((event: EngineEvent) => void) | undefined;
  #nextJob = 1;

  constructor(options: FakeOptions = {}) {
    const all = { ...DEFAULTS, ...options };
    this.#session = all.session;
    this.#connection = all.connection;
    this.snapshots = all.snapshots;
    this.#folder = all.folder;
    this.#jobs = all.jobs;
  }

  /** Tells the page something, as the engine would. */
  emit(event: EngineEvent): void {
    if (event.type === 'job') this.#keep(event.job);
    this.#listener?.(event);
  }

  /** The arguments of each call of a method. */
  callsOf(method: keyof EngineApi): readonly unknown[] {
    return this.calls.filter((call) => call.method === method).map(({ argument }) => argument);
  }

  start(options: { readonly serverUrl: string; readonly deviceName: string }): Promise<SessionState> {
    return this.#answer('start', options, () => this.#session);
  }

  subscribe(listener: (event: EngineEvent) => void): Promise<void> {
    this.#listener = listener;
    listener({ type: 'connection', connection: this.#connection });
    listener({ type: 'session', session: this.#session });
    for (const job of this.#jobs) listener({ type: 'job', job });
    return Promise.resolve();
  }

  prepareAccount(request: {
    readonly inviteToken: string;
    readonly name: string;
    readonly password: string;
  }) {
    return this.#answer('prepareAccount', request, () => ({
      recoveryWords: FAKE_WORDS,
      askPositions: [3, 11, 20],
    }));
  }

  createAccount(request: { readonly answers: readonly RecoveryAnswer[]; readonly keepUnlocked: boolean }) {
    return this.#answer('createAccount', request, () => {
      checkAnswers(request.answers);
      return this.#enter('mara');
    });
  }

  signIn(request: { readonly name: string; readonly password: string; readonly keepUnlocked: boolean }) {
    return this.#answer('signIn', request, () => {
      checkPassword(request.password);
      return this.#enter(request.name);
    });
  }

  recover(request: {
    readonly name: string;
    readonly recoveryWords: string;
    readonly newPassword: string;
    readonly keepUnlocked: boolean;
  }) {
    return this.#answer('recover', request, () => {
      if (request.recoveryWords !== FAKE_WORDS.join(' ')) throw crossing('recovery-words-invalid');
      return this.#enter(request.name);
    });
  }

  signOut(): Promise<void> {
    return this.#answer('signOut', undefined, () => {
      this.#session = { kind: 'signed-out' };
      this.emit({ type: 'session', session: this.#session });
    });
  }

  changePassword(request: { readonly currentPassword: string; readonly newPassword: string }): Promise<void> {
    return this.#answer('changePassword', request, () => {
      checkPassword(request.currentPassword);
    });
  }

  prepareRecoveryKey(request: { readonly currentPassword: string }) {
    return this.#answer('prepareRecoveryKey', request, () => {
      checkPassword(request.currentPassword);
      return { recoveryWords: FAKE_WORDS, askPositions: [1, 9, 24] };
    });
  }

  confirmRecoveryKey(answers: readonly RecoveryAnswer[]): Promise<void> {
    return this.#answer('confirmRecoveryKey', answers, () => {
      checkAnswers(answers);
    });
  }

  createInvite() {
    return this.#answer('createInvite', undefined, () => ({
      inviteToken: 'kq3vJ8zXw0aTn5uYbC2dLrPm',
      expiresAtMs: FAKE_NOW_MS + 72 * 3_600_000,
    }));
  }

  backUp(request: BackupRequest): Promise<JobId> {
    return this.#answer('backUp', request, () => {
      const job = fakeJob({
        jobId: this.#newJobId(),
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
    return this.#answer('pauseJob', jobId, () => {
      this.#change(jobId, { phase: 'paused' });
    });
  }

  resumeJob(jobId: JobId): Promise<void> {
    return this.#answer('resumeJob', jobId, () => {
      this.#change(jobId, { phase: 'running' });
    });
  }

  cancelJob(jobId: JobId): Promise<void> {
    return this.#answer('cancelJob', jobId, () => {
      this.#change(jobId, { phase: 'cancelled', endedAtMs: FAKE_NOW_MS });
    });
  }

  listJobs(): Promise<readonly JobProgress[]> {
    return this.#answer('listJobs', undefined, () => this.#jobs);
  }

  listSnapshots(): Promise<readonly SnapshotInfo[]> {
    return this.#answer('listSnapshots', undefined, () => this.snapshots);
  }

  listFolder(snapshotId: SnapshotId, path: readonly string[]): Promise<readonly EntryInfo[]> {
    return this.#answer('listFolder', { snapshotId, path }, () => this.#folder(path));
  }

  measureSelection(snapshotId: SnapshotId, selection: readonly (readonly string[])[]) {
    return this.#answer('measureSelection', { snapshotId, selection }, () => ({
      files: 1_204,
      bytes: 3_456_000_000,
    }));
  }

  restore(request: RestoreRequest): Promise<JobId> {
    return this.#answer('restore', request, () => {
      const job = fakeJob({ jobId: this.#newJobId(), kind: 'restore', title: 'Photos', phase: 'running' });
      this.emit({ type: 'job', job });
      return job.jobId;
    });
  }

  serverStatus(): Promise<ServerStatus> {
    return this.#answer('serverStatus', undefined, () => ({
      uptimeMs: 9 * 86_400_000 + 7_400_000,
      serverVersion: '0.1.0',
      vaultStoredBytes: 48_230_000_000,
      vaultChunks: 41_207,
      vaultSnapshots: this.snapshots.length,
    }));
  }

  #answer<T>(method: keyof EngineApi, argument: unknown, make: () => T): Promise<T> {
    this.calls.push({ method, argument });
    const failure = this.failures.get(method);
    this.failures.delete(method);
    return Promise.resolve().then(() => {
      if (failure !== undefined) throw crossing(failure);
      return make();
    });
  }

  #enter(accountName: string): SessionState {
    this.#session = { kind: 'signed-in', accountName, role: 'admin' };
    this.emit({ type: 'session', session: this.#session });
    return this.#session;
  }

  #newJobId(): JobId {
    return String(this.#nextJob++).padStart(32, '0') as JobId;
  }

  #keep(job: JobProgress): void {
    this.#jobs = [job, ...this.#jobs.filter(({ jobId }) => jobId !== job.jobId)];
  }

  #change(jobId: JobId, changes: Partial<JobProgress>): void {
    const job = this.#jobs.find((each) => each.jobId === jobId);
    if (job !== undefined) this.emit({ type: 'job', job: { ...job, ...changes } });
  }
}

/** An Error as it arrives from the worker. */
export function crossing(code: ErrorCode): Error {
  return new Error(JSON.stringify({ code, words: ERRORS[code].words, action: ERRORS[code].action }));
}

function checkPassword(password: string): void {
  if (password !== FAKE_PASSWORD) throw crossing('sign-in-failed');
}

function checkAnswers(answers: readonly RecoveryAnswer[]): void {
  const right = answers.every(({ position, word }) => FAKE_WORDS[position - 1] === word);
  if (!right) throw crossing('recovery-check-failed');
}

/** A backup that is well under way, with changes. */
export function fakeJob(changes: Partial<JobProgress> = {}): JobProgress {
  return {
    jobId: 'a1'.repeat(16) as JobId,
    kind: 'backup',
    title: 'Photos',
    phase: 'running',
    startedAtMs: FAKE_NOW_MS - 131_000,
    filesTotal: 18_204,
    filesDone: 11_377,
    bytesTotal: 48_230_000_000,
    bytesDone: 30_143_000_000,
    bytesTransferred: 4_812_000_000,
    bytesPerSecond: 84_300_000,
    secondsLeft: 214,
    currentPath: '2026/11 Lisbon/IMG_20261103_174512.jpg',
    problems: [],
    problemsTotal: 0,
    ...changes,
  };
}

/** Snapshots of three sources, newest first. */
export function fakeSnapshots(): readonly SnapshotInfo[] {
  const hour = 3_600_000;
  return [
    fakeSnapshot('01', 'Photos', 2 * hour, 18_204, 48_230_000_000),
    fakeSnapshot('02', 'Documents', 5 * hour, 2_310, 1_840_000_000, 3),
    fakeSnapshot('03', 'Photos', 26 * hour, 18_150, 48_020_000_000),
    fakeSnapshot('04', 'Documents', 29 * hour, 2_305, 1_838_000_000),
    fakeSnapshot('05', 'Photos', 50 * hour, 18_101, 47_900_000_000),
    fakeSnapshot('06', 'Photos', 74 * hour, 17_990, 47_310_000_000),
    fakeSnapshot('07', 'Photos', 98 * hour, 17_985, 47_300_000_000),
    fakeSnapshot('08', 'Photos', 170 * hour, 17_820, 46_800_000_000),
    fakeSnapshot('09', 'Thesis', 400 * hour, 412, 96_000_000),
  ];
}

/** One snapshot; its id begins with `id`. */
function fakeSnapshot(
  id: string,
  sourceName: string,
  ageMs: number,
  filesTotal: number,
  bytesTotal: number,
  problemsTotal = 0,
): SnapshotInfo {
  const sourceId = Array.from(sourceName, (letter) => letter.charCodeAt(0).toString(16)).join('');
  return {
    snapshotId: id.padEnd(32, '0') as SnapshotId,
    sourceId: sourceId.padEnd(32, '0').slice(0, 32) as SourceId,
    sourceName,
    takenAtMs: FAKE_NOW_MS - ageMs,
    receivedAtMs: FAKE_NOW_MS - ageMs + 90_000,
    filesTotal,
    foldersTotal: Math.ceil(filesTotal / 40),
    bytesTotal,
    problemsTotal,
    deviceName: 'Chrome on Linux',
  };
}

/** A tree that is the same three folders deep, then only files. */
function fakeFolder(path: readonly string[]): readonly EntryInfo[] {
  const folders = path.length < 3 ? ['2024', '2025', '2026', 'Archive of scans'] : [];
  const files = [
    'IMG_0412.jpg',
    'IMG_0413.jpg',
    'lisbon – day 2.mov',
    'notes.txt',
    'originals.zip',
    'Überblick.pdf',
  ];
  return [
    ...folders.map((name): EntryInfo => ({ kind: 'folder', name, sizeBytes: 0 })),
    ...files.map((name, index): EntryInfo => ({
      kind: 'file',
      name,
      sizeBytes: 1_234 * 17 ** (index % 5),
      modifiedAtMs: FAKE_NOW_MS - index * 86_400_000,
    })),
  ];
}

/** A folder of `count` files. */
export function manyFiles(count: number): readonly EntryInfo[] {
  return Array.from({ length: count }, (_, index): EntryInfo => ({
    kind: 'file',
    name: `IMG_${String(index + 1).padStart(5, '0')}.jpg`,
    sizeBytes: 2_000_000 + 997 * (index % 3_001),
    modifiedAtMs: FAKE_NOW_MS - index * 60_000,
  }));
}
