/** What the browser says of its network, which a test can change. */
import type { NetworkInfo } from '../../web/worker/ports.ts';

export class FakeNetwork implements NetworkInfo {
  #isMetered = false;
  readonly #listeners = new Set<() => void>();

  isMetered(): boolean {
    return this.#isMetered;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  become(isMetered: boolean): void {
    this.#isMetered = isMetered;
    for (const listener of this.#listeners) listener();
  }
}
