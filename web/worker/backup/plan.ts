/** What a backup goes by: which source it is, what earlier snapshots it may build on, and how it is made. */
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import { NO_PREDECESSOR } from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import type { DeviceId, SourceId } from '../../../shared/ids.ts';
import type { BackupRequest } from '../../bridge/engine-api.ts';
import type { BackupMode, SourceSettings } from '../../bridge/sources-api.ts';
import { DEFAULT_SETTINGS, settingsIn } from '../sources/settings.ts';
import type { SnapshotToSearch } from './known-content.ts';

/** A snapshot of the vault, of whatever source and device. */
export interface PastSnapshot {
  readonly description: SnapshotDescription;
  readonly link: Bytes;
}

export interface BackupPlan {
  readonly sourceId: SourceId;
  /** What the snapshot is in the end: whatever has nothing to build on is full. */
  readonly mode: BackupMode;
  readonly settings: SourceSettings;
  /** The link of the source's snapshot before, by this device. */
  readonly predecessor: Bytes;
  /** Roots of what the walk compares with, newest first: what they say of times holds on this device. */
  readonly earlierRoots: readonly (readonly Extent[])[];
  /** Where content may be found: in snapshots of this source, and in others'. */
  readonly own: readonly SnapshotToSearch[];
  readonly others: readonly SnapshotToSearch[];
  /** About how much there will be, where a snapshot before tells. */
  readonly expected?: { readonly files: number; readonly bytes: number };
}

/** A plan from what the vault holds; `past` newest first. A source that is new gets the id that `newId` makes. */
export function planBackup(
  past: readonly PastSnapshot[],
  request: Omit<BackupRequest, 'picked'>,
  deviceId: DeviceId,
  newId: () => SourceId,
): BackupPlan {
  const { mode = 'incremental' } = request;
  const mine = past.filter(({ description }) => description.deviceId === deviceId).filter(isOf(request));
  const [last] = mine;
  const sourceId = request.sourceId ?? last?.description.sourceId ?? newId();
  const base = baseOf(mine, mode);
  return {
    sourceId,
    mode: base.length === 0 ? 'full' : mode,
    settings: settingsOf(
      request,
      past.find(({ description }) => description.sourceId === sourceId),
    ),
    predecessor: linkOf(last),
    earlierRoots: base.map(({ description }) => description.root),
    ...placesToSearch(past, sourceId, [...chain(mine), ...base]),
    ...expectedTotals(mine),
  };
}

function linkOf(last: PastSnapshot | undefined): Bytes {
  return last === undefined ? NO_PREDECESSOR : last.link;
}

/** The source's snapshots that matter, and the newest of its other devices; of every other source the newest. */
function placesToSearch(
  past: readonly PastSnapshot[],
  sourceId: SourceId,
  first: readonly PastSnapshot[],
): Pick<BackupPlan, 'own' | 'others'> {
  const isOwn = ({ description }: PastSnapshot): boolean => description.sourceId === sourceId;
  const own = new Set([...first, ...newestOfEach(past.filter(isOwn), 'deviceId')]);
  const others = past.filter((snapshot) => !isOwn(snapshot));
  return { own: [...own].map(toSearch), others: newestOfEach(others, 'sourceId').map(toSearch) };
}

function isOf({ sourceId, sourceName }: Omit<BackupRequest, 'picked'>): (snapshot: PastSnapshot) => boolean {
  return ({ description }) =>
    sourceId === undefined ? description.sourceName === sourceName : description.sourceId === sourceId;
}

/** What files are compared with. A differential backup goes by the last full one alone. */
function baseOf(mine: readonly PastSnapshot[], mode: BackupMode): readonly PastSnapshot[] {
  if (mode !== 'differential') return chain(mine);
  const full = mine.find(({ description }) => description.mode === 'full' && !description.partial);
  return full === undefined ? [] : [full];
}

/** Back to the newest complete snapshot: what a partial one lacks may be in those before it. */
function chain(mine: readonly PastSnapshot[]): readonly PastSnapshot[] {
  const complete = mine.findIndex(({ description }) => !description.partial);
  return complete === -1 ? mine : mine.slice(0, complete + 1);
}

function newestOfEach(past: readonly PastSnapshot[], of: 'deviceId' | 'sourceId'): PastSnapshot[] {
  const newest = new Map<string, PastSnapshot>();
  for (const snapshot of past) {
    const key = snapshot.description[of];
    if (!newest.has(key)) newest.set(key, snapshot);
  }
  return [...newest.values()];
}

function settingsOf(
  request: Omit<BackupRequest, 'picked'>,
  newest: PastSnapshot | undefined,
): SourceSettings {
  return request.settings ?? (newest && settingsIn(newest.description)) ?? DEFAULT_SETTINGS;
}

function toSearch({ description: { root, filesTotal } }: PastSnapshot): SnapshotToSearch {
  return { root, filesTotal };
}

function expectedTotals(mine: readonly PastSnapshot[]): Pick<BackupPlan, 'expected'> {
  const complete = mine.find(({ description }) => !description.partial);
  if (complete === undefined) return {};
  const { filesTotal: files, bytesTotal: bytes } = complete.description;
  return { expected: { files, bytes } };
}
