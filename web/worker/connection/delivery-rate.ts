/**
 * How fast bytes arrive at the other end, at best: the most of the last measurements. As long as that grows from one
 * to the next the connection isn't full yet, however little is under way.
 */

/** Measurements that count: one is taken about each round trip. */
const KEPT = 10;
/** Growth that counts. */
const GROWTH = 1.25;

export class DeliveryRate {
  readonly #samples: number[] = [];
  readonly #steadyAfter: number;
  #latest: number | undefined;
  /** The last that was a growth, and how many came after it. */
  #grownTo = 0;
  #sinceGrowth = 0;

  /** Without growth in `steadyAfter` measurements the connection is full. */
  constructor(steadyAfter: number) {
    this.#steadyAfter = steadyAfter;
  }

  /** Bytes per second; undefined as long as nothing was measured. */
  get best(): number | undefined {
    return this.#samples.length === 0 ? undefined : Math.max(...this.#samples);
  }

  /** Whether the connection has not been full yet, or is faster than it ever was. */
  get isGrowing(): boolean {
    return this.#sinceGrowth < this.#steadyAfter;
  }

  /** `wasBusy`: there was always something to send. If not, the connection may be faster than it looked. */
  note(bytesPerSecond: number, wasBusy: boolean): void {
    this.#latest = bytesPerSecond;
    if (!wasBusy && bytesPerSecond <= (this.best ?? 0)) return;
    this.#samples.push(bytesPerSecond);
    if (this.#samples.length > KEPT) this.#samples.shift();
    this.#sinceGrowth++;
    this.#noteGrowth(bytesPerSecond);
  }

  /** In place of the last measurement, of the same round trip, if it is more. */
  correct(bytesPerSecond: number): void {
    this.#latest = Math.max(this.#samples.pop() ?? 0, bytesPerSecond);
    this.#samples.push(this.#latest);
    this.#noteGrowth(this.#latest);
  }

  /** The queue has become too long: what was measured earlier is no longer true. */
  forgetEarlier(): void {
    this.#sinceGrowth = this.#steadyAfter;
    if (this.#latest !== undefined) this.#samples.splice(0, this.#samples.length, this.#latest);
  }

  #noteGrowth(bytesPerSecond: number): void {
    if (bytesPerSecond < GROWTH * this.#grownTo) return;
    this.#grownTo = bytesPerSecond;
    this.#sinceGrowth = 0;
  }
}
