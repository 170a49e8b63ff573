/** Where the system has a program. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The path of the first of `names` that can be run, from PATH or one of `folders`; undefined if none can. */
export function findCommand(names: readonly string[], folders: readonly string[] = []): string | undefined {
  const all = [...(process.env.PATH ?? '').split(path.delimiter), ...folders];
  return all.flatMap((folder) => names.map((name) => path.join(folder, name))).find(canRun);
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
