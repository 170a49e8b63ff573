/**
 * Watches the folders of sources that are backed up on change, where the browser tells of changes, and waits for
 * a pause in them: one backup for a burst, not one for each file.
 */
import type { SourceId } from '../../../shared/ids.ts';
import type { Clock, WatchFolder } from '../ports.ts';
import { accessTo } from './folder-access.ts';
import type { KnownSource } from './source-book.ts';

const QUIET_MS = 10_000;
/** Where changes don't pause, the backup begins nevertheless. */
const LONGEST_WAIT_MS = 5 * 60_000;

interface Watched {
  readonly end: () => void;
  change: { readonly firstAtMs: number; readonly lastAtMs: number } | undefined;
}

export class FolderWatch {
  readonly #clock: Clock;
  readonly #watchFolder: WatchFolder | undefined;
  readonly #watched = new Map<SourceId, Watched>();

  constructor({ clock, watchFolder }: { readonly clock: Clock; readonly watchFolder?: WatchFolder }) {
    this.#clock = clock;
    this.#watchFolder = watchFolder;
  }

  /** Watches exactly those of `sources` that are to be backed up on change and may be read. */
  async follow(sources: readonly KnownSource[]): Promise<void> {
    const wanted = sources.filter(
      ({ settings, remembered }) =>
        settings.schedule.kind === 'on-change' && remembered?.handle !== undefined,
    );
    const ids = new Set(wanted.map(({ sourceId }) => sourceId));
    for (const sourceId of [...this.#watched.keys()]) if (!ids.has(sourceId)) this.#end(sourceId);
    for (const { sourceId, remembered } of wanted)
      if (!this.#watched.has(sourceId)) await this.#begin(sourceId, remembered?.handle);
  }

  /** Whether something changed, and nothing more for a while. */
  isQuietAfterChange(sourceId: SourceId): boolean {
    const change = this.#watched.get(sourceId)?.change;
    if (change === undefined) return false;
    const nowMs = this.#clock.nowMs();
    return nowMs - change.lastAtMs >= QUIET_MS || nowMs - change.firstAtMs >= LONGEST_WAIT_MS;
  }

  /** The changes so far are being backed up. */
  taken(sourceId: SourceId): void {
    const watched = this.#watched.get(sourceId);
    if (watched !== undefined) watched.change = undefined;
  }

  close(): void {
    for (const sourceId of [...this.#watched.keys()]) this.#end(sourceId);
  }

  async #begin(sourceId: SourceId, handle: FileSystemDirectoryHandle | undefined): Promise<void> {
    if (this.#watchFolder === undefined || handle === undefined) return;
    if ((await accessTo(handle)) !== 'ready') return;
    const end = await this.#watchFolder(handle, () => {
      this.#changed(sourceId);
    });
    // What changed while nobody watched isn't known: it counts as a change, and has been quiet.
    this.#watched.set(sourceId, { end, change: { firstAtMs: 0, lastAtMs: 0 } });
  }

  #changed(sourceId: SourceId): void {
    const watched = this.#watched.get(sourceId);
    const lastAtMs = this.#clock.nowMs();
    if (watched !== undefined)
      watched.change = { firstAtMs: watched.change?.firstAtMs ?? lastAtMs, lastAtMs };
  }

  #end(sourceId: SourceId): void {
    this.#watched.get(sourceId)?.end();
    this.#watched.delete(sourceId);
  }
}
