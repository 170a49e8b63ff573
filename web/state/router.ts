/** The page's address as state: follows the location's hash, and is the only one that sets it. */
import { Value, type Observable } from './observable.ts';
import { formatRoute, parseRoute, type Route } from './routes.ts';

/** The part of `window` that the router needs. */
export interface AddressBar {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: {
    replaceState(data: unknown, unused: string, url: string): void;
    pushState(data: unknown, unused: string, url: string): void;
  };
  addEventListener(type: 'hashchange' | 'popstate', listener: () => void): void;
}

export class Router {
  readonly #bar: AddressBar;
  readonly #route: Value<Route>;
  #hash: string;

  constructor(bar: AddressBar) {
    this.#bar = bar;
    this.#hash = bar.location.hash;
    this.#route = new Value(parseRoute(this.#hash));
    bar.addEventListener('hashchange', () => {
      this.#read();
    });
    bar.addEventListener('popstate', () => {
      this.#read();
    });
  }

  get route(): Observable<Route> {
    return this.#route;
  }

  /** Goes to `route`; with `replace` the page that was open leaves the history (a used token must). */
  go(route: Route, options: { readonly replace?: boolean } = {}): void {
    const hash = formatRoute(route);
    if (hash === this.#bar.location.hash) return;
    const { pathname, search } = this.#bar.location;
    const url = `${pathname}${search}${hash}`;
    if (options.replace === true) this.#bar.history.replaceState(null, '', url);
    else this.#bar.history.pushState(null, '', url);
    this.#read();
  }

  #read(): void {
    const hash = this.#bar.location.hash;
    if (hash === this.#hash) return;
    this.#hash = hash;
    this.#route.set(parseRoute(hash));
  }
}
