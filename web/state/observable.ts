/**
 * The one way in which the page's state is told: a value, and whoever wants to know when it changes.
 * Small on purpose: elements read it through the Observe controller (web/ui/controllers/observe.ts).
 */
export type Unsubscribe = () => void;

/** What readers see: the value now, and word of each change. */
export interface Observable<T> {
  readonly value: T;
  /** Calls `listener` after each change, not at once. Returns what ends it. */
  subscribe(listener: () => void): Unsubscribe;
}

/** A value that its owner may set. */
export class Value<T> implements Observable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(initial: T) {
    this.#value = initial;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the value and tells the listeners, unless it is the same one. */
  set(next: T): void {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Replaces the value by one made from it. */
  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  subscribe(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
