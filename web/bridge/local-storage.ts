/** localStorage, where the browser lets this page have one: reading the property throws where it does not. */

export function localStorageIfAllowed(window: Window): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    // Cookies are blocked for this site: preferences last as long as the page.
    return undefined;
  }
}
