/**
 * The addresses of the app: everything after `#`, so that the server never sees them (an invite
 * token, for one). Parsing is total: what is no address of ours is `unknown`.
 */
import type { SnapshotId, SourceId } from '../../shared/ids.ts';

export type Route =
  | { readonly page: 'first-run'; readonly token: string }
  | { readonly page: 'invite'; readonly token: string }
  | { readonly page: 'sign-in' }
  | { readonly page: 'recover' }
  | { readonly page: 'backup' }
  /** Of one source, or of all. */
  | { readonly page: 'snapshots'; readonly sourceId?: SourceId }
  | { readonly page: 'snapshot'; readonly snapshotId: SnapshotId; readonly path: readonly string[] }
  | { readonly page: 'compare'; readonly before: SnapshotId; readonly after: SnapshotId }
  | { readonly page: 'versions'; readonly sourceId: SourceId; readonly path: readonly string[] }
  | { readonly page: 'search'; readonly text: string }
  | { readonly page: 'trash' }
  | { readonly page: 'queue' }
  | { readonly page: 'check' }
  | { readonly page: 'settings' }
  | { readonly page: 'log' }
  | { readonly page: 'unknown' };

export type PageName = Route['page'];

const PLAIN_PAGES = [
  'sign-in',
  'recover',
  'backup',
  'snapshots',
  'trash',
  'queue',
  'check',
  'settings',
  'log',
] as const;

/** The route of a location's hash; the empty hash is the backup page. */
export function parseRoute(hash: string): Route {
  const parts = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((part) => part !== '');
  const [head, ...rest] = parts;
  if (head === undefined) return { page: 'backup' };
  const names = rest.map(decodeName);
  if (!names.every((name) => name !== undefined)) return { page: 'unknown' };
  return LONG.get(head)?.(names) ?? plainRoute(head, rest.length) ?? { page: 'unknown' };
}

function plainRoute(head: string, restLength: number): Route | undefined {
  const page = PLAIN_PAGES.find((name) => name === head);
  return page === undefined || restLength > 0 ? undefined : { page };
}

/** Addresses with more than one part; undefined where the parts don't fit. */
const LONG: ReadonlyMap<string, (names: readonly string[]) => Route | undefined> = new Map(
  Object.entries({
    'first-run': (names: readonly string[]): Route | undefined => tokenRoute('first-run', names),
    invite: (names: readonly string[]): Route | undefined => tokenRoute('invite', names),
    snapshots: ([id, ...path]: readonly string[]): Route | undefined =>
      isId<SnapshotId>(id) ? { page: 'snapshot', snapshotId: id, path } : undefined,
    history: ([id, ...more]: readonly string[]): Route | undefined =>
      isId<SourceId>(id) && more.length === 0 ? { page: 'snapshots', sourceId: id } : undefined,
    compare: ([before, after, ...more]: readonly string[]): Route | undefined =>
      isId<SnapshotId>(before) && isId<SnapshotId>(after) && more.length === 0
        ? { page: 'compare', before, after }
        : undefined,
    versions: ([id, ...path]: readonly string[]): Route | undefined =>
      isId<SourceId>(id) && path.length > 0 ? { page: 'versions', sourceId: id, path } : undefined,
    search: ([text = '', ...more]: readonly string[]): Route | undefined =>
      more.length === 0 ? { page: 'search', text } : undefined,
  }),
);

function isId<Id extends SnapshotId | SourceId>(text: string | undefined): text is Id {
  return text !== undefined && /^[0-9a-f]{32}$/.test(text);
}

function tokenRoute(page: 'first-run' | 'invite', [token, ...more]: readonly string[]): Route | undefined {
  return token !== undefined && more.length === 0 ? { page, token } : undefined;
}

/** The hash that leads to `route`. */
export function formatRoute(route: Route): string {
  // Each takes its own page's route; the table's type keeps them together.
  const address = ADDRESS[route.page] as (route: Route) => readonly string[];
  return ['#', ...address(route)].join('/');
}

type Addresses = {
  readonly [Page in PageName]: (route: Extract<Route, { page: Page }>) => readonly string[];
};

const ADDRESS: Addresses = {
  'first-run': ({ token }) => ['first-run', encodeURIComponent(token)],
  invite: ({ token }) => ['invite', encodeURIComponent(token)],
  'sign-in': () => ['sign-in'],
  recover: () => ['recover'],
  backup: () => ['backup'],
  snapshots: ({ sourceId }) => (sourceId === undefined ? ['snapshots'] : ['history', sourceId]),
  snapshot: ({ snapshotId, path }) => ['snapshots', snapshotId, ...path.map(encodeName)],
  compare: ({ before, after }) => ['compare', before, after],
  versions: ({ sourceId, path }) => ['versions', sourceId, ...path.map(encodeName)],
  search: ({ text }) => (text === '' ? ['search'] : ['search', encodeName(text)]),
  trash: () => ['trash'],
  queue: () => ['queue'],
  check: () => ['check'],
  settings: () => ['settings'],
  log: () => ['log'],
  unknown: () => ['backup'],
};

/** Whether a page is only for people who are not signed in. */
export function isPublicPage(page: PageName): boolean {
  return page === 'first-run' || page === 'invite' || page === 'sign-in' || page === 'recover';
}

/** Whether a page is shown without anybody being signed in: those, and the queue, which needs no keys. */
export function isOpenPage(page: PageName): boolean {
  return isPublicPage(page) || page === 'queue';
}

// Names may hold lone surrogates, which encodeURIComponent refuses: those travel as \uXXXX.
function encodeName(name: string): string {
  const safe = name
    .replace(/\\/g, '\\\\')
    .replace(/[\ud800-\udfff]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
  return encodeURIComponent(safe);
}

function decodeName(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replace(
      /\\(?:u(d[89a-f][0-9a-f]{2})|\\)/g,
      (_, unit: string | undefined) =>
        unit === undefined ? '\\' : String.fromCharCode(Number.parseInt(unit, 16)),
    );
  } catch {
    // A hand-made address with a broken percent escape.
    return undefined;
  }
}
