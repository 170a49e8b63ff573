/** Looking into and acting on elements in tests, through open shadow roots as a person looks through glass. */
import type { LitElement } from 'lit';

/** Every element below `root` that matches, in shadow roots too. */
export function deepAll(root: ParentNode, selector: string): readonly HTMLElement[];
export function deepAll<T extends Element>(root: ParentNode, selector: string): readonly T[];
export function deepAll(root: ParentNode, selector: string): readonly Element[] {
  const found = [...root.querySelectorAll(selector)];
  for (const element of [root, ...root.querySelectorAll('*')]) {
    if (element instanceof Element && element.shadowRoot !== null) {
      found.push(...deepAll<Element>(element.shadowRoot, selector));
    }
  }
  return found;
}

/** The first of them. Throws if there is none. */
export function deep(root: ParentNode, selector: string): HTMLElement;
export function deep<T extends Element>(root: ParentNode, selector: string): T;
export function deep(root: ParentNode, selector: string): Element {
  const [first] = deepAll<Element>(root, selector);
  if (first === undefined) throw new Error(`Nothing matches ${selector}`);
  return first;
}

/** The element with that test id. Throws if there is none. */
export function byTestId(root: ParentNode, id: string): HTMLElement;
export function byTestId<T extends Element>(root: ParentNode, id: string): T;
export function byTestId(root: ParentNode, id: string): Element {
  return deep<Element>(root, `[data-testid="${id}"]`);
}

/** Whether an element with that test id is there. */
export function hasTestId(root: ParentNode, id: string): boolean {
  return deepAll(root, `[data-testid="${id}"]`).length > 0;
}

/** Waits until `check` returns something other than undefined, false or a throw; rejects after five seconds. */
export async function until<T>(what: string, check: () => T | undefined | false): Promise<T> {
  const deadlineMs = performance.now() + 5_000;
  for (;;) {
    const value = attempt(check);
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadlineMs) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function attempt<T>(check: () => T | undefined | false): T | undefined | false {
  try {
    return check();
  } catch {
    // Not there yet: `until` looks again, and says what it waited for in the end.
    return undefined;
  }
}

/** Types `text` into a form control of ours or Web Awesome's: its value, and the event that tells of it. */
export function type(control: HTMLElement, text: string): void {
  (control as HTMLInputElement).value = text;
  control.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
}

/** Puts `element` into the document and waits for its first rendering. */
export async function mount<T extends LitElement>(element: T): Promise<T> {
  document.body.append(element);
  await element.updateComplete;
  return element;
}

/** Empties the document after a test. */
export function unmountAll(): void {
  document.body.replaceChildren();
}

/** All text below `root` as it is read, with whitespace folded. */
export function textOf(root: Element | ShadowRoot): string {
  const parts: string[] = [];
  collect(root, parts);
  return parts.join(' ').replace(/\s+/g, ' ').trim();
}

function collect(node: Node, parts: string[]): void {
  if (node instanceof Text) parts.push(node.data);
  if (node instanceof HTMLStyleElement) return;
  const children = node instanceof Element && node.shadowRoot !== null ? [node.shadowRoot, node] : [node];
  for (const parent of children)
    parent.childNodes.forEach((child) => {
      collect(child, parts);
    });
}
