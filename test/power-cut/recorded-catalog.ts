/** The index, after each of whose changes the tape notes what SQLite has written. */
import type { Catalog } from '../../server/store/ports.ts';
import type { RecordedDisk } from './recorded-disk.ts';

type Method = (...args: unknown[]) => unknown;

/** What follows on its own: durable changes are noted where SQLite is told to make them (recorded-disk.ts). */
export function recordedCatalog(catalog: Catalog, disk: RecordedDisk, path: string): Catalog {
  const look = () => {
    disk.lookAtIndex(path);
  };
  return recorded(catalog, look, {
    vaults: recorded(catalog.vaults, look),
    accounts: recorded(catalog.accounts, look),
    sessions: recorded(catalog.sessions, look),
    invites: recorded(catalog.invites, look),
    upkeep: recorded(catalog.upkeep, look),
  });
}

/** Methods that read: looking after each would take the most of the time. */
const READS =
  /^(find|has|missing|changes|headSeq|totals|count|checkpoint|living|refPages|stored|unconf|damaged|live|entryAt|recordOf|scrubState|vaultIds|close)/;

/** `target`, after each of whose changes `look` is called; `own` takes the place of some of it. */
export function recorded<T extends object>(target: T, look: () => void, own: Partial<T> = {}): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (name in own) return Reflect.get(own, name) as unknown;
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as Method;
      if (READS.test(String(name))) return method;
      return (...args: unknown[]) => {
        const result = method(...args);
        look();
        return result;
      };
    },
  });
}
