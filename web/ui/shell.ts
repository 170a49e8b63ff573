/** Puts the app into a document: tokens, icons, theme, the root element. Used by main.ts and by tests. */
import type { AppModel } from '../state/app-model.ts';
import { registerIcons } from './icons.ts';
import { followTheme } from './theme.ts';
import { tokens } from './tokens.ts';
import './hf-app.ts';

/** Mounts the app on `document`'s body and keeps the tab open while a job runs. Returns the element. */
export function mountApp(model: AppModel, document: Document): HTMLElement {
  const window = document.defaultView ?? globalThis.window;
  registerIcons();
  if (tokens.styleSheet !== undefined)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, tokens.styleSheet];
  followTheme(model.preferences, document.documentElement, window.matchMedia('(prefers-color-scheme: dark)'));
  window.addEventListener('beforeunload', (event) => {
    if (model.jobs.isBusy) event.preventDefault();
  });
  // A drop beside the drop zone must not make the browser leave the page for the dropped file.
  for (const type of ['dragover', 'drop']) {
    window.addEventListener(type, (event) => {
      event.preventDefault();
    });
  }
  const app = document.createElement('hf-app');
  app.model = model;
  document.body.replaceChildren(app);
  return app;
}
