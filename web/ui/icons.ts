/**
 * The icon library: one sprite of our own (icons.svg), served with the app. Web Awesome's own icons
 * (checkmarks, closing crosses) come from it too: its built-in ones are data: URLs that the content
 * security policy refuses.
 */
import { registerIconLibrary } from '@awesome.me/webawesome/dist/components/icon/library.js';

const GRID = '0 0 24 24';

/** Registers the sprite; call it before the first icon is drawn. */
export function registerIcons(): void {
  const spriteUrl = new URL('./icons.svg', import.meta.url).href;
  const library = {
    resolver: (name: string) => `${spriteUrl}#${name}`,
    mutator: (svg: SVGElement) => {
      svg.setAttribute('viewBox', GRID);
    },
    spriteSheet: true,
  };
  registerIconLibrary('default', library);
  registerIconLibrary('system', library);
}
