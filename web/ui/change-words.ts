/** The kinds of differences in words and signs, and which of them a filter shows. Pure. */
import type { EntryChange } from '../state/types.ts';

export type ChangeKind = EntryChange['kind'];

export const CHANGE_KINDS: readonly ChangeKind[] = ['added', 'changed', 'moved', 'removed'];

export const CHANGE_WORDS: Readonly<Record<ChangeKind, { readonly word: string; readonly icon: string }>> = {
  added: { word: 'Added', icon: 'plus' },
  changed: { word: 'Changed', icon: 'refresh' },
  moved: { word: 'Moved', icon: 'move' },
  removed: { word: 'Removed', icon: 'minus' },
};

/** The changes of the wanted kinds whose path, old or new, contains `text` in any case. */
export function filterChanges(
  changes: readonly EntryChange[],
  kinds: ReadonlySet<ChangeKind>,
  text: string,
): readonly EntryChange[] {
  const wanted = text.trim().toLowerCase();
  return changes.filter((change) => kinds.has(change.kind) && (wanted === '' || pathHas(change, wanted)));
}

function pathHas(change: EntryChange, wanted: string): boolean {
  const paths = change.kind === 'moved' ? [change.path, change.from] : [change.path];
  return paths.some((path) => path.join('/').toLowerCase().includes(wanted));
}
