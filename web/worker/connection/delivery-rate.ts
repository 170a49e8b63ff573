/** How fast bytes arrive at the other end, at best: the most of the last measurements. */

/** Measurements that count: one is taken about each round trip. */
const KEPT = 10;

export class DeliveryRate {
  readonly #samples: number[] = [];
  #latest: number | undefined;

  /** Bytes per second; undefined as long as nothing was measured. */
  get best(): number | undefined {
    return this.#samples.length === 0 ? undefined : Math.max(...this.#samples);
  }

  /** `wasBusy`: there was always something to send. If not, the connection may be faster than it looked. */
  note(bytesPerSecond: number, wasBusy: boolean): void {
    this.#latest = bytesPerSecond;
    if (!wasBusy && bytesPerSecond <= (this.best ?? 0)) return;
    this.#samples.push(bytesPerSecond);
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  /** In place of the last measurement, of the same round trip, if it is more. */
  correct(bytesPerSecond: number): void {
    this.#latest = Math.max(this.#samples.pop() ?? 0, bytesPerSecond);
    this.#samples.push(this.#latest);
  }

  /** The queue has become too long: what was measured earlier is no longer true. */
  forgetEarlier(): void {
    if (this.#latest !== undefined) this.#samples.splice(0, this.#samples.length, this.#latest);
  }
}
