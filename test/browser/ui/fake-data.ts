/** What the fake engine answers with: an account, jobs, snapshots, sources, folders. */
import type { JobId, SnapshotId, SourceId } from '../../../shared/ids.ts';
import type {
  ConnectionState,
  EntryInfo,
  JobProgress,
  SessionState,
  SnapshotInfo,
} from '../../../web/bridge/engine-api.ts';
import type { Damage, EntryChange, SearchHit } from '../../../web/bridge/history-api.ts';
import type { NetworkSettings } from '../../../web/bridge/network-api.ts';
import type { OutboxState } from '../../../web/bridge/outbox-api.ts';
import type { SourceInfo } from '../../../web/bridge/sources-api.ts';

/** What a test may give a fake engine. */
export interface FakeOptions {
  readonly session?: SessionState;
  readonly connection?: ConnectionState;
  readonly snapshots?: readonly SnapshotInfo[];
  readonly sources?: readonly SourceInfo[];
  /** The entries of a folder; the default is a small tree. */
  readonly folder?: (path: readonly string[]) => readonly EntryInfo[];
  /** The content of a file; by its ending by default. */
  readonly file?: (path: readonly string[]) => Uint8Array<ArrayBuffer>;
  readonly jobs?: readonly JobProgress[];
  /** What every remembered source opens. */
  readonly handle?: FileSystemDirectoryHandle | undefined;
  /** What everything that is picked looks like. */
  readonly matches?: readonly { readonly sourceId: SourceId; readonly likeness: number }[];
  readonly changes?: readonly EntryChange[];
  readonly hits?: readonly SearchHit[];
  readonly damage?: readonly Damage[];
  readonly outbox?: OutboxState;
  readonly network?: NetworkSettings;
  readonly quotaBytes?: number;
}

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

export const ONLINE: ConnectionState = {
  kind: 'online',
  latencyMs: 18,
  serverVersion: '0.1.0',
  sinceMs: FAKE_NOW_MS - 3_725_000,
};

export const SIGNED_IN: SessionState = { kind: 'signed-in', accountName: 'mara', role: 'admin' };

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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Snapshots of three sources, newest first; two of them pinned, one partial, two in the trash. */
export function fakeSnapshots(): readonly SnapshotInfo[] {
  return [
    fakeSnapshot('01', 'Photos', 2 * HOUR_MS, 18_204, 48_230_000_000),
    fakeSnapshot('02', 'Documents', 5 * HOUR_MS, 2_310, 1_840_000_000, { problemsTotal: 3 }),
    fakeSnapshot('03', 'Photos', 26 * HOUR_MS, 18_150, 48_020_000_000, { mode: 'full' }),
    fakeSnapshot('04', 'Documents', 29 * HOUR_MS, 2_305, 1_838_000_000, { mark: 'pinned' }),
    fakeSnapshot('05', 'Photos', 50 * HOUR_MS, 18_101, 47_900_000_000, { partial: true }),
    fakeSnapshot('06', 'Photos', 54 * HOUR_MS, 17_990, 47_310_000_000),
    fakeSnapshot('07', 'Photos', 98 * HOUR_MS, 17_985, 47_300_000_000, { mark: 'pinned' }),
    fakeSnapshot('08', 'Photos', 40 * DAY_MS, 17_820, 46_800_000_000, { mode: 'differential' }),
    fakeSnapshot('09', 'Thesis', 41 * DAY_MS, 412, 96_000_000),
    fakeSnapshot('0a', 'Photos', 44 * DAY_MS, 17_640, 46_200_000_000, {
      mark: 'trashed',
      eraseAtMs: FAKE_NOW_MS + 3 * DAY_MS,
    }),
    fakeSnapshot('0b', 'Documents', 75 * DAY_MS, 2_240, 1_790_000_000, {
      mark: 'trashed',
      eraseAtMs: FAKE_NOW_MS + 21 * DAY_MS,
    }),
    fakeSnapshot('0c', 'Photos', 80 * DAY_MS, 17_105, 45_100_000_000),
  ];
}

/** The id of the fake source of that name. */
export function fakeSourceId(name: string): SourceId {
  const letters = Array.from(name, (letter) => letter.charCodeAt(0).toString(16)).join('');
  return letters.padEnd(32, '0').slice(0, 32) as SourceId;
}

/** One snapshot; its id begins with `id`. */
export function fakeSnapshot(
  id: string,
  sourceName: string,
  ageMs: number,
  filesTotal: number,
  bytesTotal: number,
  changes: Partial<SnapshotInfo> = {},
): SnapshotInfo {
  return {
    snapshotId: id.padEnd(32, '0') as SnapshotId,
    sourceId: fakeSourceId(sourceName),
    sourceName,
    takenAtMs: FAKE_NOW_MS - ageMs,
    receivedAtMs: FAKE_NOW_MS - ageMs + 90_000,
    filesTotal,
    foldersTotal: Math.ceil(filesTotal / 40),
    bytesTotal,
    problemsTotal: 0,
    deviceName: 'Chrome on Linux',
    mode: 'incremental',
    partial: false,
    mark: 'kept',
    ...changes,
  };
}

/** Three sources: one that is backed up by itself, one that needs permission, one that is not here. */
export function fakeSources(): readonly SourceInfo[] {
  return [
    fakeSource('Photos', {
      settings: {
        rules: ['.thumbnails/', '*.tmp'],
        compress: false,
        fixedSize: false,
        schedule: { kind: 'daily', minuteOfDay: 20 * 60 + 30 },
        retention: { last: 3, daily: 7, weekly: 5, monthly: 12 },
      },
      lastBackupAtMs: FAKE_NOW_MS - 2 * HOUR_MS,
      nextBackupAtMs: FAKE_NOW_MS + 6.4 * HOUR_MS,
    }),
    fakeSource('Documents', { access: 'ask', lastBackupAtMs: FAKE_NOW_MS - 5 * HOUR_MS, canWatch: true }),
    fakeSource('Thesis', { access: 'pick', lastBackupAtMs: FAKE_NOW_MS - 41 * DAY_MS }),
  ];
}

export function fakeSource(name: string, changes: Partial<SourceInfo> = {}): SourceInfo {
  return {
    sourceId: fakeSourceId(name),
    name,
    settings: {
      rules: [],
      compress: true,
      fixedSize: false,
      schedule: { kind: 'manual' },
      retention: {},
    },
    access: 'ready',
    canWatch: false,
    ...changes,
  };
}

/** A tree that is the same three folders deep, then only files. */
export function fakeFolder(path: readonly string[]): readonly EntryInfo[] {
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
