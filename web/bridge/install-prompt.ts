/** The browser's offer to install the app (Chromium): caught when it comes, shown when the person asks. */

interface InstallPromptEvent extends Event {
  prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

export interface InstallOffer {
  /** `listener` hears whether there is an offer, now and whenever that changes. */
  onChange(listener: (offered: boolean) => void): void;
  /** Shows the browser's dialog. Call it from a click. */
  accept(): Promise<void>;
}

/** Catches the offer of `window`. Call it before the page has loaded. */
export function createInstallOffer(window: Window): InstallOffer {
  let offer: InstallPromptEvent | undefined;
  const listeners = new Set<(offered: boolean) => void>();
  const set = (next: InstallPromptEvent | undefined): void => {
    offer = next;
    for (const listener of listeners) listener(next !== undefined);
  };
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    set(event as InstallPromptEvent);
  });
  window.addEventListener('appinstalled', () => {
    set(undefined);
  });
  return {
    onChange(listener) {
      listeners.add(listener);
      listener(offer !== undefined);
    },
    async accept() {
      const shown = offer;
      // Each offer can be shown once; the browser makes another if the person declines.
      set(undefined);
      await shown?.prompt();
    },
  };
}
