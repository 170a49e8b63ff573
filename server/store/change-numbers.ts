/** Gives out a vault's change numbers. Some may end as gaps. */
export class ChangeNumbers {
  #last: number;
  #head: number;

  /** `headSeq` is the newest that the catalog knows. */
  constructor(headSeq: number) {
    this.#last = headSeq;
    this.#head = headSeq;
  }

  /** The newest change that the change feed shows. */
  get headSeq(): number {
    return this.#head;
  }

  /** The first of `count` new numbers. */
  take(count = 1): number {
    const first = this.#last + 1;
    this.#last += count;
    return first;
  }

  /** The change feed shows this change from now on. */
  advance(seq: number): void {
    this.#head = Math.max(this.#head, seq);
  }
}
