/** What each key does in the list of entries, apart from the element so that the table is in one place. */

export interface EntryKeysHost {
  readonly rows: readonly { readonly name: string }[];
  readonly active: number;
  readonly pageRows: number;
  activate(index: number): void;
  toggle(index: number): void;
  toggleAll(): void;
  extendTo(index: number): void;
  clear(): void;
  open(index: number): void;
  up(): void;
}

type Move = (host: EntryKeysHost) => number;

const MOVES: Readonly<Record<string, Move>> = {
  ArrowDown: (host) => host.active + 1,
  ArrowUp: (host) => host.active - 1,
  PageDown: (host) => host.active + host.pageRows,
  PageUp: (host) => host.active - host.pageRows,
  Home: () => 0,
  End: (host) => host.rows.length - 1,
};

const ACTIONS: Readonly<Record<string, (host: EntryKeysHost) => void>> = {
  Enter: (host) => {
    host.open(host.active);
  },
  ArrowRight: (host) => {
    host.open(host.active);
  },
  ' ': (host) => {
    host.toggle(host.active);
  },
  Backspace: (host) => {
    host.up();
  },
  ArrowLeft: (host) => {
    host.up();
  },
  Escape: (host) => {
    host.clear();
  },
};

/** Does what the key means; whether it meant anything. A letter goes to the next name that begins with it. */
export function entryKeys(host: EntryKeysHost, event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey) return selectAll(host, event.key);
  if (event.altKey) return false;
  return move(host, event) || act(host, event.key) || jump(host, event);
}

function selectAll(host: EntryKeysHost, key: string): boolean {
  if (key.toLowerCase() !== 'a') return false;
  host.toggleAll();
  return true;
}

function move(host: EntryKeysHost, event: KeyboardEvent): boolean {
  const to = MOVES[event.key]?.(host);
  if (to === undefined) return false;
  if (event.shiftKey) host.extendTo(to);
  else host.activate(to);
  return true;
}

function act(host: EntryKeysHost, key: string): boolean {
  const action = ACTIONS[key];
  action?.(host);
  return action !== undefined;
}

function jump(host: EntryKeysHost, event: KeyboardEvent): boolean {
  if (event.key.length !== 1 || event.shiftKey) return false;
  const letter = event.key.toLowerCase();
  const { rows, active } = host;
  const order = [...rows.keys()].map((offset) => (active + 1 + offset) % rows.length);
  const found = order.find((index) => rows[index]?.name.toLowerCase().startsWith(letter) === true);
  if (found !== undefined) host.activate(found);
  return found !== undefined;
}
