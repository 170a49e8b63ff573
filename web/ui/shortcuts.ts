/** The keyboard shortcuts of the app: one table for what they do and for the help dialog. */

export type ShortcutAction =
  | 'help'
  | 'backup'
  | 'snapshots'
  | 'trash'
  | 'queue'
  | 'settings'
  | 'log'
  | 'pick-folder'
  | 'pause'
  | 'theme'
  | 'search';

export interface Shortcut {
  /** Keys one after the other, separated by a space. */
  readonly keys: string;
  readonly words: string;
  readonly action: ShortcutAction;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: '?', words: 'This list', action: 'help' },
  { keys: 'g b', words: 'Go to Backup', action: 'backup' },
  { keys: 'g s', words: 'Go to History', action: 'snapshots' },
  { keys: 'g q', words: 'Go to the queue', action: 'queue' },
  { keys: 'g r', words: 'Go to the trash', action: 'trash' },
  { keys: 'g t', words: 'Go to Settings', action: 'settings' },
  { keys: 'g l', words: 'Go to the log', action: 'log' },
  { keys: 'n', words: 'New backup: choose a folder', action: 'pick-folder' },
  { keys: 'p', words: 'Pause or resume the running job', action: 'pause' },
  { keys: 'd', words: 'Dark or light theme', action: 'theme' },
  { keys: '/', words: 'Search all snapshots, or the log while it is open', action: 'search' },
];

export const LIST_KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'Move'],
  ['Enter', 'Open the folder or file'],
  ['Space', 'Select'],
  ['Shift ↑ ↓', 'Select several'],
  ['Ctrl A', 'Select all'],
  ['←', 'Up to the folder above'],
  ['Esc', 'Select nothing'],
];

const SEQUENCE_WITHIN_MS = 1_200;

/** Recognises shortcuts in a stream of key presses. */
export class ShortcutReader {
  #first: { readonly key: string; readonly atMs: number } | undefined;

  /** The action that `key`, pressed at `atMs`, completes. */
  read(key: string, atMs: number): ShortcutAction | undefined {
    const first = this.#first;
    const inTime = first !== undefined && atMs - first.atMs < SEQUENCE_WITHIN_MS;
    const keys = inTime ? `${first.key} ${key}` : key;
    this.#first = undefined;
    const found = SHORTCUTS.find((shortcut) => shortcut.keys === keys);
    if (found === undefined && SHORTCUTS.some((shortcut) => shortcut.keys.startsWith(`${key} `))) {
      this.#first = { key, atMs };
    }
    return found?.action;
  }
}

/** Whether the person is typing text, so that keys mean letters. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    /^(?:input|textarea|select)$/.test(target.localName) ||
    target.closest('[role="grid"]') !== null
  );
}
