/**
 * Windowing: which rows of a long list are near the visible part of their scroller. Only those are
 * drawn, so that a folder of any size scrolls like a small one. All rows have one height.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

const EXTRA_ROWS = 12;
const FIRST_GUESS_ROWS = 40;

export class WindowRows implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #scroller: () => HTMLElement | null;
  readonly #rowHeightPx: () => number;
  #observer: ResizeObserver | undefined;
  #watched: HTMLElement | null = null;
  #shown: RowWindow = { first: 0, end: FIRST_GUESS_ROWS };

  constructor(host: ReactiveControllerHost, scroller: () => HTMLElement | null, rowHeightPx: () => number) {
    this.#host = host;
    this.#scroller = scroller;
    this.#rowHeightPx = rowHeightPx;
    host.addController(this);
  }

  /** The rows to draw of `count`. */
  rows(count: number): RowWindow {
    return { first: Math.min(this.#shown.first, count), end: Math.min(this.#shown.end, count) };
  }

  /** Scrolls as little as shows the whole row, below a header of `headerPx`. */
  reveal(index: number, headerPx: number): void {
    const scroller = this.#scroller();
    if (scroller === null) return;
    const height = this.#rowHeightPx();
    const top = index * height;
    const bottom = top + height + headerPx;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (bottom > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = bottom - scroller.clientHeight;
  }

  /** How many rows fit. */
  get pageRows(): number {
    return Math.max(1, Math.floor((this.#scroller()?.clientHeight ?? 0) / this.#rowHeightPx()) - 1);
  }

  hostUpdated(): void {
    const scroller = this.#scroller();
    if (scroller === this.#watched) return;
    this.#unwatch();
    if (scroller !== null) this.#watch(scroller);
  }

  hostDisconnected(): void {
    this.#unwatch();
  }

  #watch(scroller: HTMLElement): void {
    this.#watched = scroller;
    scroller.addEventListener('scroll', this.#measure, { passive: true });
    this.#observer = new ResizeObserver(this.#measure);
    this.#observer.observe(scroller);
  }

  #unwatch(): void {
    this.#watched?.removeEventListener('scroll', this.#measure);
    this.#observer?.disconnect();
    this.#watched = null;
  }

  readonly #measure = (): void => {
    const scroller = this.#watched;
    if (scroller === null) return;
    const height = this.#rowHeightPx();
    const top = Math.floor(scroller.scrollTop / height);
    const visible = Math.ceil(scroller.clientHeight / height);
    const first = Math.max(0, top - EXTRA_ROWS);
    const end = top + visible + EXTRA_ROWS;
    if (first === this.#shown.first && end === this.#shown.end) return;
    this.#shown = { first, end };
    this.#host.requestUpdate();
  };
}
