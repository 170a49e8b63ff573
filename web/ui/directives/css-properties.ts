/**
 * Sets CSS custom properties on an element through CSSOM. Lit's own styleMap writes a style attribute
 * at first, which the content security policy refuses.
 */
import { noChange, type ElementPart } from 'lit';
import { Directive, directive, PartType, type PartInfo } from 'lit/directive.js';
import { HoldfastError } from '../../../shared/errors.ts';

type Properties = Readonly<Record<`--${string}`, string | number>>;

class CssProperties extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) {
      throw new HoldfastError('internal', { detail: 'cssProperties belongs in an element, not in a value' });
    }
  }

  override update(part: ElementPart, [properties]: [Properties]): typeof noChange {
    const { style } = part.element as HTMLElement;
    for (const [name, value] of Object.entries(properties)) {
      const text = String(value);
      if (style.getPropertyValue(name) !== text) style.setProperty(name, text);
    }
    return this.render(properties);
  }

  /** Its parameter is what the directive takes; an element has no value to render. */
  override render(...[]: [Properties]): typeof noChange {
    return noChange;
  }
}

/** For example `<div ${cssProperties({ '--row': 3 })}>`. */
export const cssProperties = directive(CssProperties);
