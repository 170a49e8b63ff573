/** Applies the chosen theme to the document, and follows the system where that is the choice. */
import type { PreferencesStore } from '../state/preferences.ts';

/** Keeps the root element's theme right from now on. */
export function followTheme(
  preferences: PreferencesStore,
  root: HTMLElement,
  systemDark: MediaQueryList,
): void {
  const apply = (): void => {
    const choice = preferences.value.theme;
    const dark = choice === 'system' ? systemDark.matches : choice === 'dark';
    root.classList.toggle('wa-dark', dark);
    root.classList.toggle('wa-light', !dark);
    root.style.colorScheme = dark ? 'dark' : 'light';
    root.dataset.theme = dark ? 'dark' : 'light';
  };
  preferences.preferences.subscribe(apply);
  systemDark.addEventListener('change', apply);
  apply();
}
