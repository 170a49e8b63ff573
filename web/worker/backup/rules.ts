/**
 * Rules that leave things out of a backup, in gitignore's syntax. They are matched against paths below the
 * source's own folder; a folder that is left out isn't looked into.
 */
import ignore from 'ignore';
import type { SourceEntry, SourceFolder } from './source-tree.ts';

/** The same source without what `rules` leave out; `onLeftOut` hears of each file or folder. */
export function withRules(
  root: SourceFolder,
  rules: readonly string[],
  onLeftOut: (entry: SourceEntry) => void,
): SourceFolder {
  if (rules.length === 0) return root;
  const matcher = ignore({ ignorecase: false }).add([...rules]);
  const filtered = (folder: SourceFolder, path: readonly string[]): SourceFolder => ({
    ...folder,
    list: async () => {
      const kept: SourceEntry[] = [];
      for (const entry of await folder.list()) {
        const entryPath = [...path, entry.name];
        if (!isMatchable(entry.name) || !matcher.ignores(matchedPath(entryPath, entry.kind))) {
          kept.push(entry.kind === 'folder' ? filtered(entry, entryPath) : entry);
        } else onLeftOut(entry);
      }
      return kept;
    },
  });
  return filtered(root, []);
}

/** Names that no path can hold are left to the backup to refuse, by name. */
function isMatchable(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

function matchedPath(path: readonly string[], kind: SourceEntry['kind']): string {
  return kind === 'folder' ? `${path.join('/')}/` : path.join('/');
}
