/**
 * Which files a restore into a folder has begun and not finished. Where it is interrupted (the page closed, a
 * crash), what it leaves is half-written and must not pass for a person's own file when it is restored again.
 */
import type { JobId } from '../../../shared/ids.ts';
import type { JournalStore } from '../ports.ts';

export class RestoreJournal {
  readonly #store: JournalStore;
  readonly #key: JobId;
  /** What earlier restores left, until it is dealt with. */
  readonly #left: Set<string>;
  readonly #open = new Set<string>();
  #saving: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(store: JournalStore, key: JobId, left: Set<string>) {
    this.#store = store;
    this.#key = key;
    this.#left = left;
  }

  /** Begins the journal of a restore into `folder`, and takes over what earlier ones have left there. */
  static async begin(
    store: JournalStore,
    key: JobId,
    folder: FileSystemDirectoryHandle,
  ): Promise<RestoreJournal> {
    const left = new Set<string>();
    const earlier: JobId[] = [];
    for (const entry of await store.load()) {
      if (!(await folder.isSameEntry(entry.folder))) continue;
      earlier.push(entry.key);
      for (const path of entry.paths) left.add(path);
    }
    await store.begin({ key, folder, paths: [...left] });
    await store.remove(earlier);
    return new RestoreJournal(store, key, left);
  }

  /** Whether the file at `path` is what an interrupted restore has left. */
  isLeftOver(path: string): boolean {
    return this.#left.has(path);
  }

  /** Resolves when it is kept that the file at `path` is being written. */
  async opened(path: string): Promise<void> {
    this.#open.add(path);
    await this.#saved();
  }

  /** The file is whole, or gone. */
  closed(path: string): void {
    this.#open.delete(path);
    this.#left.delete(path);
  }

  /** The restore is over. What was left half-written, by it or before, is remembered. */
  async end(): Promise<void> {
    if (this.#open.size + this.#left.size > 0) await this.#saved();
    else await this.#store.remove([this.#key]);
  }

  /** Resolves when the present state is kept; whoever asks while one is being kept shares the next. */
  async #saved(): Promise<void> {
    const before = this.#saving.catch(() => undefined); // whoever waited for that one has heard of it
    this.#next ??= before.then(async () => {
      this.#next = undefined;
      this.#saving = this.#store.save(this.#key, [...this.#left, ...this.#open]);
      return this.#saving;
    });
    return this.#next;
  }
}
