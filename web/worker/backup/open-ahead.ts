/** Opens a folder's files some ahead of the walk: each costs the browser a round trip between processes. */
import type { SourceEntry, SourceFile } from './source-tree.ts';

const AT_ONCE = 32;

export class OpenAhead {
  readonly #files: Iterator<SourceFile>;
  readonly #opening = new Map<SourceFile, Promise<File>>();

  /** `entries` in the order in which they will be asked for. */
  constructor(entries: readonly SourceEntry[]) {
    this.#files = entries.filter((entry) => entry.kind === 'file').values();
  }

  /** Throws what opening the file throws. */
  async open(file: SourceFile): Promise<File> {
    for (let isMore = true; isMore && this.#opening.size < AT_ONCE;) isMore = this.#openNext();
    const opened = this.#opening.get(file) ?? file.open();
    this.#opening.delete(file);
    return opened;
  }

  #openNext(): boolean {
    const next = this.#files.next();
    if (next.done === true) return false;
    const opening = next.value.open();
    // Heard of when it is asked for, if ever.
    opening.catch(() => undefined);
    this.#opening.set(next.value, opening);
    return true;
  }
}
