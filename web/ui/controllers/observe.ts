/** Lets an element read an observable: it renders again after each change, while it is connected. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Observable, Unsubscribe } from '../../state/observable.ts';

export class Observe<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #source: () => Observable<T>;
  readonly #onChange: ((value: T) => void) | undefined;
  #unsubscribe: Unsubscribe | undefined;

  /**
   * `source` is read when the element is connected: its properties are set by then. `onChange` hears
   * of each change, and of the value at connection.
   */
  constructor(host: ReactiveControllerHost, source: () => Observable<T>, onChange?: (value: T) => void) {
    this.#host = host;
    this.#source = source;
    this.#onChange = onChange;
    host.addController(this);
  }

  get value(): T {
    return this.#source().value;
  }

  hostConnected(): void {
    const source = this.#source();
    const changed = (): void => {
      this.#onChange?.(source.value);
      this.#host.requestUpdate();
    };
    this.#unsubscribe = source.subscribe(changed);
    changed();
  }

  hostDisconnected(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
