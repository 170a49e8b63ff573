/**
 * A page in some browser, as a person uses it: looks, clicks, types. Built on the few things that every
 * automation protocol has (PageDriver), so that a flow runs the same in all browsers. Elements are found
 * through open shadow roots. Everything waits for what it needs; nothing sleeps for a fixed time.
 */
import { waitFor } from '../wait.ts';
import { endPress, guardPress, readElements, selectFocusedText, twoFrames } from './in-page.ts';
import type { ElementState } from './in-page.ts';

/** What a browser's protocol must be able to do. */
export interface PageDriver {
  navigate(url: string): Promise<void>;
  /** The string that `expression` evaluates to, awaited if it is a promise. */
  evaluate(expression: string): Promise<string>;
  clickAt(x: number, y: number): Promise<void>;
  /** Types into what has the focus. */
  typeText(text: string): Promise<void>;
  /** Gives files to the file input that `expression` evaluates to, as its file chooser would. */
  setFiles(expression: string, paths: readonly string[]): Promise<void>;
}

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

const DEFAULT_TIMEOUT_MS = 60_000; // a busy machine: nothing here asks how fast a page is

/** The selector of an element by its test id and, if given, its `data-` attributes. */
export function byId(testId: string, data: Readonly<Record<string, string>> = {}): string {
  const attributes = Object.entries(data).map(([name, value]) => `[data-${name}="${escapeCss(value)}"]`);
  return `[data-testid="${testId}"]${attributes.join('')}`;
}

function escapeCss(text: string): string {
  return text.replace(/["\\\n]/g, (mark) => `\\${mark.charCodeAt(0).toString(16)} `);
}

export class Page {
  readonly driver: PageDriver;

  constructor(driver: PageDriver) {
    this.driver = driver;
  }

  async open(url: string): Promise<void> {
    await this.driver.navigate(url);
  }

  /**
   * Runs `fn` in the page with JSON arguments and resolves with its JSON result. `fn` must not use anything
   * from around it. Rejects if it throws.
   */
  async run<A extends readonly Json[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    // __name: the compiler names functions by calling it.
    const expression = `(async () => {
      const __name = (fn) => fn;
      try {
        return JSON.stringify({ result: await (${String(fn)})(...${JSON.stringify(args)}) });
      } catch (error) {
        return JSON.stringify({ error: String(error) + '\\n' + (error?.stack ?? '') });
      }
    })()`;
    const answer = JSON.parse(await this.driver.evaluate(expression)) as { result?: R; error?: string };
    if (answer.error !== undefined) throw new Error(`In the page: ${answer.error}`);
    return answer.result as R;
  }

  /** All elements that match now. */
  async elements(selector: string): Promise<readonly ElementState[]> {
    return this.run(readElements, selector, false);
  }

  /** The first visible element that matches, once there is one. */
  async find(selector: string, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<ElementState> {
    return this.#waitFor(selector, timeoutMs, async () =>
      (await this.elements(selector)).find(({ isVisible }) => isVisible),
    );
  }

  async isThere(selector: string): Promise<boolean> {
    return (await this.elements(selector)).some(({ isVisible }) => isVisible);
  }

  /** Resolves when `isSo` is true. */
  async until(what: string, isSo: () => Promise<boolean>, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    await this.#waitFor(what, timeoutMs, async () => ((await isSo()) ? true : undefined));
  }

  /** Resolves when no element that matches is visible. */
  async gone(selector: string, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    await this.until(`no ${selector}`, async () => !(await this.isThere(selector)), timeoutMs);
  }

  /** Clicks the middle of the first match, once it stands still there and nothing covers it. */
  async click(selector: string, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    let before: ElementState | undefined;
    await this.#waitFor(`${selector} to be clickable`, timeoutMs, async () => {
      const [now] = (await this.run(readElements, selector, true)).filter(({ isVisible }) => isVisible);
      const isReady = isReachable(now, before);
      before = now;
      if (isReady && (await this.#press(selector, now))) return true;
      await this.run(twoFrames);
      return undefined;
    });
  }

  /** Presses there; false if what matches is no longer there, and then nothing has felt it. */
  async #press(selector: string, { x, y }: ElementState): Promise<boolean> {
    await this.run(guardPress, selector);
    await this.driver.clickAt(x, y);
    return this.run(endPress).catch(() => true); // it led to another page
  }

  /** Replaces the text of an input. */
  async fill(selector: string, text: string): Promise<void> {
    await this.click(selector);
    await this.run(selectFocusedText);
    await this.driver.typeText(text);
  }

  /** Gives files to a file input, visible or not. */
  async chooseFiles(selector: string, paths: readonly string[]): Promise<void> {
    await this.#waitFor(selector, DEFAULT_TIMEOUT_MS, async () => (await this.elements(selector))[0]);
    await this.driver.setFiles(elementExpression(selector), paths);
  }

  async #waitFor<T>(what: string, timeoutMs: number, probe: () => Promise<T | undefined>): Promise<T> {
    try {
      return await waitFor(what, probe, timeoutMs);
    } catch (cause) {
      const shown = await this.run(visibleText).catch((error: unknown) => String(error));
      throw new Error(`${what} did not come. The page shows:\n${shown}`, { cause });
    }
  }
}

/** Whether it stands where it stood before, and nothing covers it. */
function isReachable(now: ElementState | undefined, before: ElementState | undefined): now is ElementState {
  return now !== undefined && now.x === before?.x && now.y === before.y && now.isUncovered;
}

/** An expression for the first match, wherever it is. */
function elementExpression(selector: string): string {
  return `(() => {
    const find = (root) => {
      const here = root.querySelector(${JSON.stringify(selector)});
      if (here !== null) return here;
      for (const { shadowRoot } of root.querySelectorAll('*')) {
        const inside = shadowRoot && find(shadowRoot);
        if (inside) return inside;
      }
      return null;
    };
    return find(document);
  })()`;
}

/** What a person could read on the page: for a failed test's message. */
function visibleText(): string {
  const read = (root: Document | ShadowRoot): string[] =>
    [...root.querySelectorAll('*')].flatMap((element) => {
      const own = [...element.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent?.trim() ?? '');
      const isShown = element.checkVisibility() && !['STYLE', 'SCRIPT'].includes(element.tagName);
      return [...(isShown ? own : []), ...(element.shadowRoot === null ? [] : read(element.shadowRoot))];
    });
  return `${location.href}\n${read(document)
    .filter((text) => text !== '')
    .join(' | ')}`;
}
