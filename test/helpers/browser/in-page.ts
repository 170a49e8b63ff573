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
    ...[...root.querySelectorAll('*')].flatMap(({ shadowRoot }) =>
      shadowRoot === null ? [] : all(shadowRoot),
    ),
  ];
  const hit = (x: number, y: number): Element | null => {
    let element = document.elementFromPoint(x, y);
    for (;;) {
      const inner = element?.shadowRoot?.elementFromPoint(x, y) ?? null;
      if (inner === null || inner === element) return element;
      element = inner;
    }
  };
  const holds = (outer: Element, inner: Element | null): boolean => {
    for (let node: Node | null = inner; node !== null; ) {
      if (node === outer) return true;
      node = node instanceof ShadowRoot ? node.host : ((node as Element).assignedSlot ?? node.parentNode);
    }
    return false;
  };
  return all(document).map((element) => {
    const isVisible = element.checkVisibility({ visibilityProperty: true });
    if (scrollTo && isVisible) element.scrollIntoView({ block: 'center', behavior: 'instant' });
    const box = element.getBoundingClientRect();
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    return {
      text: element.textContent.trim(),
      attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
      isVisible: isVisible && box.width > 0 && box.height > 0,
      isUncovered: holds(element, hit(x, y)),
      x,
      y,
    };
  });
}
