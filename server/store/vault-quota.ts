/**
 * How much a vault may hold. Judged before a piece is written, with all uploads that are under way counted in; what
 * garbage collection has freed since is seen at the attempt after a refusal.
 */
import { HoldfastError } from '../../shared/errors.ts';

export class VaultQuota {
  readonly #limitBytes: number;
  readonly #readStoredBytes: () => Promise<number>;
  #storedBytes: number;
  #underWayBytes = 0;

  /** `limitBytes` 0: no limit. `storedBytes`: what the vault holds now, as `readStoredBytes` says later. */
  constructor(limitBytes: number, storedBytes: number, readStoredBytes: () => Promise<number>) {
    this.#limitBytes = limitBytes;
    this.#storedBytes = storedBytes;
    this.#readStoredBytes = readStoredBytes;
  }

  /** Counts bytes in that are about to be written. Throws `quota-exceeded`. */
  take(bytes: number): void {
    if (this.#limitBytes > 0 && this.#storedBytes + this.#underWayBytes + bytes > this.#limitBytes) {
      this.#refresh();
      throw new HoldfastError('quota-exceeded');
    }
    this.#underWayBytes += bytes;
  }

  /** What was counted in is stored now, or given up. */
  settle(bytes: number, isStored: boolean): void {
    this.#underWayBytes -= bytes;
    if (isStored) this.#storedBytes += bytes;
  }

  #refresh(): void {
    this.#readStoredBytes().then(
      (bytes) => {
        this.#storedBytes = bytes;
      },
      () => undefined, // the old figure counts until it can be read
    );
  }
}
