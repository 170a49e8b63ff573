/** The fake engine's past: sources, what differs, versions, search, damage, and files to look at. */
import type { JobId, SnapshotId, SourceId } from '../../../shared/ids.ts';
import type { EntryInfo, PickedSource, SnapshotInfo } from '../../../web/bridge/engine-api.ts';
import type {
  Damage,
  EntryChange,
  FileVersion,
  HistoryApi,
  RetentionPreview,
  SearchHit,
  SnapshotDiff,
  SnapshotMark,
  VerifyDepth,
} from '../../../web/bridge/history-api.ts';
import type {
  BackupMode,
  RetentionPolicy,
  RulesCount,
  SourceInfo,
  SourcesApi,
  SourceSettings,
} from '../../../web/bridge/sources-api.ts';
import { FakeAccounts } from './fake-accounts.ts';
import { crossing } from './fake-calls.ts';
import { FAKE_NOW_MS, fakeJob, fakeSourceId, type FakeOptions } from './fake-data.ts';

type Path = readonly string[];
type Bytes = Uint8Array<ArrayBuffer>;

export abstract class FakePast extends FakeAccounts implements SourcesApi, HistoryApi {
  snapshots: readonly SnapshotInfo[];
  sources: readonly SourceInfo[];
  protected readonly damagedChunks: number;
  readonly #options: Required<FakeOptions>;
  #nextJob = 1;

  constructor(options: Required<FakeOptions>) {
    super(options.session, options.connection);
    this.snapshots = options.snapshots;
    this.sources = options.sources;
    this.damagedChunks = options.damage.length;
    this.#options = options;
  }

  listSources(): Promise<readonly SourceInfo[]> {
    return this.answer('listSources', undefined, () => this.sources);
  }

  saveSource(source: {
    readonly sourceId?: SourceId;
    readonly name: string;
    readonly settings: SourceSettings;
    readonly handle?: FileSystemDirectoryHandle;
  }): Promise<SourceId> {
    return this.answer('saveSource', source, () => {
      const { sourceId = fakeSourceId(source.name), name, settings, handle } = source;
      const old = this.sources.find((each) => each.sourceId === sourceId);
      const access = handle === undefined ? (old?.access ?? 'pick') : 'ready';
      const saved: SourceInfo = { canWatch: false, ...old, sourceId, name, settings, access };
      this.sources = [...this.sources.filter((each) => each !== old), saved];
      this.emit({ type: 'sources-changed' });
      return sourceId;
    });
  }

  forgetSource(sourceId: SourceId): Promise<void> {
    return this.answer('forgetSource', sourceId, () => {
      this.sources = this.sources.map((source) =>
        source.sourceId === sourceId ? { ...source, access: 'pick' } : source,
      );
    });
  }

  sourceHandle(sourceId: SourceId): Promise<FileSystemDirectoryHandle | undefined> {
    return this.answer('sourceHandle', sourceId, () => this.#options.handle);
  }

  backUpSource(sourceId: SourceId, mode: BackupMode): Promise<JobId> {
    return this.answer('backUpSource', { sourceId, mode }, () => {
      const title = this.sources.find((source) => source.sourceId === sourceId)?.name ?? 'Source';
      const job = fakeJob({ jobId: this.newJobId(), title, phase: 'scanning', bytesDone: 0, filesDone: 0 });
      this.emit({ type: 'job', job });
      return job.jobId;
    });
  }

  matchSource(picked: PickedSource) {
    return this.answer('matchSource', picked, () => this.#options.matches);
  }

  countRules(picked: PickedSource, rules: readonly string[], onCount: (count: RulesCount) => void) {
    return this.answer('countRules', { picked, rules }, () => {
      const leftOutFiles = 311 * rules.length;
      for (const done of [false, true])
        onCount({
          files: done ? 18_204 : 9_000,
          bytes: 48_230_000_000,
          leftOutFiles,
          leftOutBytes: leftOutFiles * 40_000,
          leftOutFolders: rules.length,
          done,
        });
    });
  }

  diffSnapshots(before: SnapshotId, after: SnapshotId): Promise<SnapshotDiff> {
    return this.answer('diffSnapshots', { before, after }, () => fakeDiff(this.#options.changes));
  }

  fileVersions(sourceId: SourceId, path: Path): Promise<readonly FileVersion[]> {
    return this.answer('fileVersions', { sourceId, path }, () => {
      const ids = this.snapshots.filter((each) => each.sourceId === sourceId).map((each) => each.snapshotId);
      return [ids.slice(0, 2), ids.slice(2, 3), ids.slice(3)]
        .filter((snapshotIds) => snapshotIds.length > 0)
        .map((snapshotIds, index) => ({
          snapshotIds,
          sizeBytes: 48_200 - 1_700 * index,
          modifiedAtMs: FAKE_NOW_MS - (index + 1) * 90_000_000,
        }));
    });
  }

  search(text: string, limit: number): Promise<readonly SearchHit[]> {
    return this.answer('search', { text, limit }, () =>
      this.#options.hits.filter(({ path }) => path.at(-1)?.includes(text) === true).slice(0, limit),
    );
  }

  previewRetention(sourceId: SourceId, policy: RetentionPolicy): Promise<RetentionPreview> {
    return this.answer('previewRetention', { sourceId, policy }, () => this.#retention(sourceId, policy));
  }

  applyRetention(sourceId: SourceId): Promise<readonly SnapshotId[]> {
    return this.answer('applyRetention', sourceId, () => {
      const policy = this.sources.find((source) => source.sourceId === sourceId)?.settings.retention ?? {};
      const { remove } = this.#retention(sourceId, policy);
      this.#mark(remove, 'trashed');
      return remove;
    });
  }

  markSnapshots(snapshotIds: readonly SnapshotId[], mark: SnapshotMark): Promise<void> {
    return this.answer('markSnapshots', { snapshotIds, mark }, () => {
      const pinned = this.snapshots.some(
        (each) => snapshotIds.includes(each.snapshotId) && each.mark === 'pinned',
      );
      if (mark === 'trashed' && pinned) throw crossing('snapshot-pinned');
      this.#mark(snapshotIds, mark);
    });
  }

  verify(snapshotId: SnapshotId, depth: VerifyDepth): Promise<JobId> {
    return this.answer('verify', { snapshotId, depth }, () => {
      const title = this.snapshots.find((each) => each.snapshotId === snapshotId)?.sourceName ?? 'Snapshot';
      const job = fakeJob({ jobId: this.newJobId(), kind: 'verify', title });
      this.emit({ type: 'job', job });
      return job.jobId;
    });
  }

  listDamage(): Promise<readonly Damage[]> {
    return this.answer('listDamage', undefined, () => this.#options.damage);
  }

  startScrub(): Promise<void> {
    return this.answer('startScrub', undefined, () => undefined);
  }

  openPreview(snapshotId: SnapshotId, path: Path) {
    return this.answer('openPreview', { snapshotId, path }, () => ({
      sizeBytes: this.#options.file(path).length,
      modifiedAtMs: FAKE_NOW_MS - 86_400_000,
    }));
  }

  readRange(snapshotId: SnapshotId, path: Path, startByte: number, endByte: number): Promise<Bytes> {
    return this.answer('readRange', { snapshotId, path, startByte, endByte }, () =>
      this.#options.file(path).slice(startByte, endByte),
    );
  }

  protected newJobId(): JobId {
    return String(this.#nextJob++).padStart(32, '0') as JobId;
  }

  #mark(snapshotIds: readonly SnapshotId[], mark: SnapshotMark): void {
    this.snapshots = this.snapshots.map((snapshot) => {
      if (!snapshotIds.includes(snapshot.snapshotId)) return snapshot;
      const rest = Object.fromEntries(
        Object.entries(snapshot).filter(([name]) => name !== 'eraseAtMs'),
      ) as unknown as SnapshotInfo;
      return mark === 'trashed'
        ? { ...rest, mark, eraseAtMs: FAKE_NOW_MS + 30 * 86_400_000 }
        : { ...rest, mark };
    });
    this.emit({ type: 'snapshots-changed' });
  }

  /** Keeps the newest by `last`, and what is pinned. */
  #retention(sourceId: SourceId, policy: RetentionPolicy): RetentionPreview {
    const all = this.snapshots.filter((each) => each.sourceId === sourceId && each.mark !== 'trashed');
    const last = Object.keys(policy).length === 0 ? all.length : (policy.last ?? 1);
    const isKept = ({ mark }: SnapshotInfo, index: number): boolean => index < last || mark === 'pinned';
    return {
      keep: all.filter(isKept).map(({ snapshotId, mark }) => ({
        snapshotId,
        reasons: mark === 'pinned' ? ['pinned'] : ['last'],
      })),
      remove: all.filter((each, index) => !isKept(each, index)).map(({ snapshotId }) => snapshotId),
    };
  }
}

/** A difference of these changes, with their totals. */
function fakeDiff(changes: readonly EntryChange[]): SnapshotDiff {
  const totalOf = (kind: EntryChange['kind']) => {
    const found = changes.filter((change) => change.kind === kind);
    return { files: found.length, bytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  };
  return {
    changes,
    totals: {
      added: totalOf('added'),
      removed: totalOf('removed'),
      changed: totalOf('changed'),
      moved: totalOf('moved'),
    },
  };
}

/** A few of each kind. */
export const FAKE_CHANGES: readonly EntryChange[] = [
  { kind: 'added', path: ['2026', '11 Lisbon', 'IMG_20261103_174512.jpg'], sizeBytes: 4_812_334 },
  { kind: 'added', path: ['2026', '11 Lisbon', 'IMG_20261103_180101.jpg'], sizeBytes: 5_104_881 },
  { kind: 'added', path: ['2026', '11 Lisbon', 'lisbon – day 2.mov'], sizeBytes: 812_334_111 },
  { kind: 'changed', path: ['catalog.db'], sizeBytes: 91_340_000, sizeBeforeBytes: 88_120_000 },
  { kind: 'changed', path: ['notes.txt'], sizeBytes: 3_120, sizeBeforeBytes: 3_422 },
  {
    kind: 'moved',
    path: ['2025', 'Porto', 'IMG_0412.jpg'],
    from: ['Unsorted', 'IMG_0412.jpg'],
    sizeBytes: 3_211_090,
  },
  { kind: 'removed', path: ['Unsorted', 'blurred.jpg'], sizeBytes: 2_990_112 },
];

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC';

/** The content of a fake file, by its ending. */
export function fakeFile(path: Path): Bytes {
  const name = path.at(-1) ?? '';
  if (name.endsWith('.png')) return Uint8Array.from(atob(PIXEL), (letter) => letter.charCodeAt(0));
  if (name.endsWith('.svg') || name.endsWith('.jpg')) return new TextEncoder().encode(DRAWING);
  if (name.endsWith('.zip')) return new Uint8Array(64);
  return new TextEncoder().encode(`${name}\n\n${'A line of a note that was written long ago.\n'.repeat(40)}`);
}

/** A sunset, drawn: a picture for screens. */
const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800">
<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#1c2b5a"/><stop offset=".6" stop-color="#e36a5c"/>
<stop offset="1" stop-color="#f8c26b"/></linearGradient></defs><rect width="1200" height="800" fill="url(#s)"/>
<circle cx="600" cy="540" r="90" fill="#ffe9b0"/><path d="M0 560h1200v240H0z" fill="#16304f"/>
<path d="M0 560l180-120 160 90 210-170 190 160 140-70 320 110z" fill="#0d1c33"/></svg>`;

/** Files of several sources whose name has “lisbon” or “notes” in it. */
export function fakeHits(snapshots: readonly SnapshotInfo[]): readonly SearchHit[] {
  const file = (name: string, sizeBytes: number): EntryInfo => ({
    kind: 'file',
    name,
    sizeBytes,
    modifiedAtMs: FAKE_NOW_MS - 7 * 86_400_000,
  });
  const hit = (source: string, folder: Path, entry: EntryInfo, count: number): SearchHit => ({
    sourceId: fakeSourceId(source),
    path: [...folder, entry.name],
    entry,
    snapshotIds: snapshots
      .filter(({ sourceName }) => sourceName === source)
      .map(({ snapshotId }) => snapshotId)
      .slice(0, count),
  });
  return [
    hit('Photos', ['2026'], { kind: 'folder', name: '11 lisbon', sizeBytes: 0 }, 2),
    hit('Photos', ['2026', '11 lisbon'], file('lisbon – day 2.mov', 812_334_111), 1),
    hit('Photos', ['2026', '11 lisbon'], file('lisbon notes.txt', 3_120), 5),
    hit('Documents', ['Travel'], file('lisbon booking.pdf', 182_331), 2),
    hit('Thesis', ['drafts'], file('reading notes.txt', 21_004), 1),
  ];
}
