/** Bytes per second over the last seconds: steady enough to tell a time by, quick enough to be true. */
const WINDOW_MS = 5_000;

export class Speedometer {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** Notes that `bytes` were done in all by `atMs`. */
  note(atMs: number, bytes: number): void {
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - WINDOW_MS)
      this.#samples.shift();
  }

  bytesPerSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs);
  }
}
