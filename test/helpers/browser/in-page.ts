/** Functions that are sent into a page as source text: they use nothing from outside themselves. */

/** An element as a test sees it. */
export interface ElementState {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isVisible: boolean;
  /** Whether a click in its middle reaches it. */
  readonly isUncovered: boolean;
  /** Its middle, in CSS pixels of the window. */
  readonly x: number;
  readonly y: number;
}

/** The elements that match `selector` in the document and all open shadow roots, scrolled to if wanted. */
export function readElements(selector: string, scrollTo: boolean): ElementState[] {
  const all = (root: Document | ShadowRoot): Element[] => [
    ...root.querySelectorAll(selector),
    ...Array.from(root.querySelectorAll('*')).flatMap(({ shadowRoot }) =>
      shadowRoot === null ? [] : all(shadowRoot),
    ),
  ];
  const topmost = (root: Document | ShadowRoot, x: number, y: number): Element | null => {
    const element = root.elementFromPoint(x, y);
    const inner = element?.shadowRoot ?? null;
    if (inner === null || inner === root) return element;
    return topmost(inner, x, y) ?? element;
  };
  const parentOf = (node: Node): Node | null => {
    if (node instanceof ShadowRoot) return node.host;
    return (node instanceof Element ? node.assignedSlot : null) ?? node.parentNode;
  };
  const holds = (outer: Element, inner: Node | null): boolean =>
    inner !== null && (inner === outer || holds(outer, parentOf(inner)));
  let hasScrolled = !scrollTo;
  const read = (element: Element): ElementState => {
    const isVisible = element.checkVisibility({ visibilityProperty: true });
    if (isVisible && !hasScrolled) {
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      hasScrolled = true;
    }
    const box = element.getBoundingClientRect();
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    return {
      text: element.textContent.trim(),
      attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
      isVisible: isVisible && box.width > 0 && box.height > 0,
      isUncovered: holds(element, topmost(document, x, y)),
      x,
      y,
    };
  };
  return all(document).map(read);
}

/** Resolves when two frames were drawn: what is being moved has moved by then. A page that draws none isn't waited for. */
export function twoFrames(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        resolve();
      });
    });
    setTimeout(resolve, 1_000);
  });
}

/** Lets the next press through only if it meets an element that matches: the page may move between a look and a press. */
export function guardPress(selector: string): void {
  const types = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  let meets: boolean | undefined;
  const guard = (event: Event): void => {
    meets ??= event.composedPath().some((node) => node instanceof Element && node.matches(selector));
    if (meets) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const type of types) addEventListener(type, guard, { capture: true });
  const end = (): boolean => {
    for (const type of types) removeEventListener(type, guard, { capture: true });
    return meets !== false;
  };
  Reflect.set(window, 'endPress', end); // the page's own: scripts of an automation may have another global object
}

/** Whether the press since `guardPress` went through; true on a page that it led to. */
export function endPress(): boolean {
  const end = Reflect.get(window, 'endPress') as (() => boolean) | undefined;
  return end === undefined || end();
}

/** Selects all text of the input that has the focus, so that typing replaces it. */
export function selectFocusedText(): void {
  const focusedIn = (root: Document | ShadowRoot): Element | null => {
    const { activeElement } = root;
    const inner = activeElement?.shadowRoot ?? null;
    return inner === null ? activeElement : focusedIn(inner);
  };
  const focused = focusedIn(document);
  if (focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement) focused.select();
}
