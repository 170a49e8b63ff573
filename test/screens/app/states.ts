/** Named states of the app for screens, each made with the fake engine: what is hard to reach for real. */
import type { JobId, SnapshotId } from '../../../shared/ids.ts';
import type { EntryInfo, JobProgress } from '../../../web/bridge/engine-api.ts';
import type { Damage } from '../../../web/bridge/history-api.ts';
import { problemFor } from '../../../web/bridge/problems.ts';
import {
  FAKE_NOW_MS,
  fakeFolder,
  fakeJob,
  fakeSnapshot,
  fakeSnapshots,
  fakeSourceId,
  fakeSources,
  manyFiles,
  SIGNED_IN,
} from '../../browser/ui/fake-engine.ts';
import {
  FAKE_OUTBOX,
  FULL_SERVER_OUTBOX,
  locked,
  NO_OUTBOX,
  TROUBLED_OUTBOX,
} from '../../browser/ui/fake-outbox.ts';
import { FAKE_CHANGES, fakeHits } from '../../browser/ui/fake-past.ts';
import type { FakeModel, FakeModelOptions } from '../../browser/ui/fake-model.ts';

export interface FakeState {
  readonly options?: FakeModelOptions;
  readonly after?: (fake: FakeModel) => void;
}

const signedIn = {
  session: SIGNED_IN,
  snapshots: fakeSnapshots(),
  sources: fakeSources(),
  changes: FAKE_CHANGES,
  hits: fakeHits(fakeSnapshots()),
} satisfies FakeModelOptions;

const problems = [
  { ...problemFor('source-unreadable'), path: 'Taxes/2024/locked.xlsx' },
  { ...problemFor('source-restless'), path: 'mail/inbox.mbox' },
  { ...problemFor('name-too-long'), path: `Old/${'very-'.repeat(60)}long.txt` },
];

const FAILED: JobProgress = fakeJob({
  jobId: 'c3'.repeat(16) as JobId,
  title: 'Videos',
  phase: 'failed',
  endedAtMs: FAKE_NOW_MS - 4_000,
  problem: problemFor('seal-broken', 'chunk 7f3a'),
});

const DONE: JobProgress = fakeJob({
  jobId: 'b2'.repeat(16) as JobId,
  title: 'Documents',
  phase: 'done',
  filesTotal: 2_310,
  filesDone: 2_307,
  bytesTotal: 1_840_000_000,
  bytesDone: 1_840_000_000,
  bytesTransferred: 12_400_000,
  startedAtMs: FAKE_NOW_MS - 95_000,
  endedAtMs: FAKE_NOW_MS - 61_000,
  problems,
  problemsTotal: 3,
  receipt: { snapshotId: '02'.padEnd(32, '0') as SnapshotId, receivedAtMs: FAKE_NOW_MS - 61_000 },
});

const QUEUED: JobProgress = fakeJob({
  jobId: 'a2'.padEnd(32, '0') as JobId,
  title: 'Documents',
  phase: 'queued',
  filesTotal: 2_310,
  filesDone: 2_310,
  bytesTotal: 1_840_000_000,
  bytesDone: 1_840_000_000,
  bytesTransferred: 0,
  startedAtMs: FAKE_NOW_MS - 95_000,
  endedAtMs: FAKE_NOW_MS - 61_000,
  sizes: { readBytes: 61_000_000, newBytes: 42_800_000, storedBytes: 18_400_000 },
});

const FULL: JobProgress = fakeJob({
  phase: 'waiting',
  problem: { ...problemFor('device-full'), missingBytes: 642_000_000 },
});

/** The account's quota is used up. */
const HELD_UP: JobProgress = fakeJob({ phase: 'waiting', problem: problemFor('quota-exceeded') });

/** Found before anything was written. */
const TOO_LARGE: JobProgress = fakeJob({
  jobId: 'c4'.repeat(16) as JobId,
  title: 'Videos',
  phase: 'failed',
  filesDone: 0,
  bytesDone: 0,
  endedAtMs: FAKE_NOW_MS - 4_000,
  problem: { ...problemFor('device-short'), missingBytes: 38_400_000_000 },
});

const OFFLINE = {
  kind: 'offline',
  problem: problemFor('offline'),
  nextTryAtMs: FAKE_NOW_MS + 8_000,
} as const;

/** A folder that may be read. */
const READABLE = {
  kind: 'directory',
  name: 'Photos',
  requestPermission: () => Promise.resolve('granted'),
} as unknown as FileSystemDirectoryHandle;

const report = {
  written: 6_211,
  verifiedBytes: 19_300_000_000,
  keptBoth: 12,
  replaced: 0,
  skipped: 0,
  resumed: 11_990,
  failed: 0,
};

const idOf = (start: string): SnapshotId => start.padEnd(32, '0') as SnapshotId;

const damage: readonly Damage[] = [
  { snapshotId: idOf('01'), path: ['2026', '11 Lisbon', 'IMG_20261103_174512.jpg'] },
  { snapshotId: idOf('03'), path: ['2026', '11 Lisbon', 'IMG_20261103_174512.jpg'] },
  { snapshotId: idOf('05'), path: ['2025', 'originals.zip'] },
  { snapshotId: idOf('09'), path: ['drafts', 'chapter 3.docx'] },
];

const VERIFIED: JobProgress = fakeJob({
  jobId: 'd4'.repeat(16) as JobId,
  kind: 'verify',
  title: 'Photos',
  phase: 'done',
  startedAtMs: FAKE_NOW_MS - 95_000,
  endedAtMs: FAKE_NOW_MS - 61_000,
  problems: [
    { ...problemFor('storage-damaged'), path: '2026/11 Lisbon/IMG_20261103_174512.jpg' },
    { ...problemFor('chunk-missing'), path: '2025/originals.zip' },
  ],
  problemsTotal: 2,
});

/** A folder with files that kept changing while they were read. */
function changedFiles(): readonly EntryInfo[] {
  return fakeFolder([]).map((entry) =>
    entry.kind === 'file' && /notes|lisbon/.test(entry.name) ? { ...entry, changedWhileRead: true } : entry,
  );
}

/** Hourly snapshots of a week and a half, weekly ones before. */
function hourly() {
  const hour = 3_600_000;
  return Array.from({ length: 300 }, (_, index) =>
    fakeSnapshot(
      index.toString(16).padStart(4, '0'),
      'Photos',
      index < 260 ? index * hour : (260 + (index - 260) * 168) * hour,
      18_204 - index,
      48_230_000_000 - index * 31_000_000,
    ),
  );
}

export const STATES: Readonly<Record<string, FakeState>> = {
  'signed-out': {},
  'signed-out-offline': {
    options: { connection: OFFLINE },
  },
  fresh: { options: { session: SIGNED_IN } },
  ready: { options: signedIn },
  running: {
    options: signedIn,
    after: runJob,
  },
  ended: {
    options: {
      ...signedIn,
      jobs: [FAILED, DONE, fakeJob({ phase: 'waiting', problem: problemFor('storage-full') })],
    },
  },
  offline: {
    options: { ...signedIn, connection: OFFLINE },
  },
  alarm: {
    options: signedIn,
    after: ({ engine, offerUpdate }) => {
      engine.emit({ type: 'alarm', problem: problemFor('history-broken') });
      offerUpdate();
    },
  },
  'many-files': { options: { ...signedIn, folder: () => manyFiles(10_000) } },
  restored: {
    options: signedIn,
    after: ({ engine, model }) => {
      model.jobs.jobs.subscribe(() => {
        const { running } = model.jobs;
        if (running === undefined) return;
        const progress = {
          ...running.progress,
          phase: 'done',
          endedAtMs: FAKE_NOW_MS,
          filesDone: 18_201,
        } as const;
        engine.emit({ type: 'job', job: { ...progress, problems, problemsTotal: 3 } });
      });
    },
  },
  readable: { options: { ...signedIn, handle: READABLE } },
  alike: {
    options: {
      ...signedIn,
      matches: [
        { sourceId: fakeSourceId('Documents'), likeness: 0.83 },
        { sourceId: fakeSourceId('Thesis'), likeness: 0.52 },
      ],
    },
  },
  'many-snapshots': { options: { ...signedIn, snapshots: hourly() } },
  drawing: {
    options: {
      ...signedIn,
      folder: () => [
        { kind: 'file', name: 'Sunset over Lisbon.svg', sizeBytes: 812, modifiedAtMs: FAKE_NOW_MS },
      ],
    },
  },
  same: { options: { ...signedIn, changes: [] } },
  damaged: { options: { ...signedIn, damage, jobs: [VERIFIED] } },
  remindable: { options: { ...signedIn, reminder: 'off', installable: true } },
  reported: {
    options: signedIn,
    after: ({ engine, model }) => {
      model.jobs.jobs.subscribe(() => {
        const { running } = model.jobs;
        if (running === undefined) return;
        const progress = { ...running.progress, phase: 'done', endedAtMs: FAKE_NOW_MS } as const;
        engine.emit({ type: 'job', job: { ...progress, filesDone: 18_201, report } });
      });
    },
  },
  queue: { options: { ...signedIn, outbox: FAKE_OUTBOX } },
  'queue-offline': {
    options: {
      ...signedIn,
      connection: OFFLINE,
      outbox: { ...TROUBLED_OUTBOX, isPaused: true },
      jobs: [QUEUED, TOO_LARGE, FULL],
    },
  },
  'queue-troubled': { options: { ...signedIn, outbox: TROUBLED_OUTBOX } },
  'queue-server-full': { options: { ...signedIn, outbox: FULL_SERVER_OUTBOX, jobs: [HELD_UP] } },
  'queue-none': { options: { ...signedIn, outbox: { ...NO_OUTBOX, receipts: FAKE_OUTBOX.receipts } } },
  locked: {
    options: {
      session: { kind: 'signed-out', lockedAccountName: 'mara' },
      outbox: locked(FAKE_OUTBOX),
    },
  },
  'locked-offline': {
    options: {
      session: { kind: 'signed-out', lockedAccountName: 'mara' },
      connection: OFFLINE,
      outbox: locked(TROUBLED_OUTBOX),
    },
  },
  limited: {
    options: {
      ...signedIn,
      quotaBytes: 52_000_000_000,
      network: {
        limits: { uploadBytesPerSecond: 2_500_000 },
        periods: [
          {
            weekdays: [1, 2, 3, 4, 5],
            fromMinute: 540,
            toMinute: 1_020,
            limits: { uploadBytesPerSecond: 500_000, downloadBytesPerSecond: 1_000_000 },
          },
          { weekdays: [5, 6], fromMinute: 1_320, toMinute: 360, limits: {} },
        ],
        pauseOnMetered: true,
      },
    },
  },
  changed: { options: { ...signedIn, folder: changedFiles } },
  empty: { options: { ...signedIn, folder: () => [] } },
  log: {
    options: signedIn,
    after: ({ engine }) => {
      LOG.forEach(([level, text], index) => {
        engine.emit({ type: 'log', line: { atMs: FAKE_NOW_MS - 60_000 + index * 3_700, level, text } });
      });
    },
  },
  toasts: {
    options: signedIn,
    after: ({ model }) => {
      model.notices.toast('success', '“Documents” is backed up.', { sticky: true });
      model.notices.problem(problemFor('storage-failed'));
    },
  },
};

const LOG = [
  ['info', 'Connected to server 0.1.0'],
  ['info', 'Signed in as mara'],
  ['info', 'Mirror is up to date: 41,207 chunks, 9 snapshots'],
  ['info', 'Backup of “Documents” began'],
  ['warn', 'Taxes/2024/locked.xlsx can’t be read; it is not in the backup'],
  ['error', 'The server stopped answering. Trying again.'],
  ['info', 'Connected to server 0.1.0'],
  ['info', 'Backup of “Documents” done: 2,307 files, 12.4 MB sent'],
] as const;

/** Two minutes of progress at once, as the chart would have seen them. */
function runJob({ engine, clock }: FakeModel): void {
  for (let second = 120; second >= 0; second--) {
    clock.nowMs = FAKE_NOW_MS - second * 1_000;
    const bytesPerSecond =
      84_300_000 + 16_000_000 * Math.sin(second / 7) + 9_000_000 * Math.cos(second / 2.3);
    engine.emit({
      type: 'job',
      job: fakeJob({ bytesPerSecond, problems: problems.slice(0, 2), problemsTotal: 2 }),
    });
  }
}
