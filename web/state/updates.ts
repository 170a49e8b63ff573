/** Whether a new version of the app waits, and the person's word on it. */
import { Value, type Observable } from './observable.ts';

/** The part of the bridge's service worker client that is needed. */
export interface UpdateSource {
  onUpdate(listener: () => void): void;
  applyUpdate(): void;
}

export class Updates {
  readonly #source: UpdateSource;
  readonly #waiting = new Value(false);

  constructor(source: UpdateSource) {
    this.#source = source;
    source.onUpdate(() => {
      this.#waiting.set(true);
    });
  }

  get waiting(): Observable<boolean> {
    return this.#waiting;
  }

  /** The person agreed: the page reloads as the new version. */
  apply(): void {
    this.#source.applyUpdate();
  }

  /** Not now: it is taken at the next start. */
  postpone(): void {
    this.#waiting.set(false);
  }
}
