/** Counts what rules leave out of what was picked, in slices, so that a person sees it while they type. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { PickedSource } from '../../bridge/engine-api.ts';
import type { RulesCount } from '../../bridge/sources-api.ts';
import { withRules } from '../backup/rules.ts';
import { sourceTree } from '../backup/source-tree.ts';
import type { SourceEntry, SourceFile, SourceFolder } from '../backup/source-tree.ts';
import type { Clock } from '../ports.ts';

const TELL_EVERY_MS = 100;
const FILES_AT_ONCE = 32;

export class RulesCounter {
  readonly #clock: Clock;
  #current = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new count ends the one before, which then throws `cancelled`. Throws `source-unreadable`. */
  async count(
    picked: PickedSource,
    rules: readonly string[],
    onCount: (count: RulesCount) => void,
  ): Promise<void> {
    this.#current.abort(new HoldfastError('cancelled'));
    this.#current = new AbortController();
    const counting = new Counting(this.#clock, onCount, this.#current.signal);
    await counting.run(sourceTree(picked), rules);
  }
}

class Counting {
  readonly #clock: Clock;
  readonly #onCount: (count: RulesCount) => void;
  readonly #signal: AbortSignal;
  readonly #counted = { files: 0, bytes: 0, leftOutFiles: 0, leftOutBytes: 0, leftOutFolders: 0 };
  #leftOut: SourceEntry[] = [];
  #toldAtMs: number;

  constructor(clock: Clock, onCount: (count: RulesCount) => void, signal: AbortSignal) {
    this.#clock = clock;
    this.#onCount = onCount;
    this.#signal = signal;
    this.#toldAtMs = clock.nowMs();
  }

  async run(root: SourceFolder, rules: readonly string[]): Promise<void> {
    const waiting = [
      withRules(root, rules, (entry) => {
        this.#leftOut.push(entry);
      }),
    ];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      const entries = await folder.list();
      await this.#countLeftOut();
      for (const entry of entries) if (entry.kind === 'folder') waiting.push(entry);
      await this.#countFiles(entries, (files, bytes) => {
        this.#counted.files += files;
        this.#counted.bytes += bytes;
      });
    }
    this.#onCount({ ...this.#counted, done: true });
  }

  async #countLeftOut(): Promise<void> {
    const leftOut = this.#leftOut;
    this.#leftOut = [];
    this.#counted.leftOutFolders += leftOut.filter(({ kind }) => kind === 'folder').length;
    await this.#countFiles(leftOut, (files, bytes) => {
      this.#counted.leftOutFiles += files;
      this.#counted.leftOutBytes += bytes;
    });
  }

  async #countFiles(
    entries: readonly SourceEntry[],
    add: (files: number, bytes: number) => void,
  ): Promise<void> {
    const files = entries.filter((entry) => entry.kind === 'file');
    for (let start = 0; start < files.length; start += FILES_AT_ONCE) {
      const slice = files.slice(start, start + FILES_AT_ONCE);
      const sizes = await Promise.all(slice.map(sizeOf));
      add(
        slice.length,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      await this.#tellNowAndThen();
    }
  }

  /** Lets other work have its turn, too. */
  async #tellNowAndThen(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#clock.nowMs() - this.#toldAtMs < TELL_EVERY_MS) return;
    this.#onCount({ ...this.#counted, done: false });
    await this.#clock.sleep(0, this.#signal);
    this.#toldAtMs = this.#clock.nowMs();
  }
}

/** A file that can't be opened counts as empty: the backup names it. */
async function sizeOf(file: SourceFile): Promise<number> {
  try {
    return (await file.open()).size;
  } catch {
    return 0;
  }
}
