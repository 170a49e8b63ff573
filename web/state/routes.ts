/**
 * The addresses of the app: everything after `#`, so that the server never sees them (an invite
 * token, for one). Parsing is total: what is no address of ours is `unknown`.
 */
import type { SnapshotId } from '../../shared/ids.ts';

export type Route =
  | { readonly page: 'first-run'; readonly token: string }
  | { readonly page: 'invite'; readonly token: string }
  | { readonly page: 'sign-in' }
  | { readonly page: 'recover' }
  | { readonly page: 'backup' }
  | { readonly page: 'snapshots' }
  | { readonly page: 'snapshot'; readonly snapshotId: SnapshotId; readonly path: readonly string[] }
  | { readonly page: 'settings' }
  | { readonly page: 'log' }
  | { readonly page: 'unknown' };

export type PageName = Route['page'];

const PLAIN_PAGES = ['sign-in', 'recover', 'backup', 'snapshots', 'settings', 'log'] as const;

/** The route of a location's hash; the empty hash is the backup page. */
export function parseRoute(hash: string): Route {
  const parts = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((part) => part !== '');
  const [head, ...rest] = parts;
  if (head === undefined) return { page: 'backup' };
  return rest.length === 0 ? plainRoute(head) : longRoute(head, rest);
}

function plainRoute(head: string): Route {
  const page = PLAIN_PAGES.find((name) => name === head);
  return { page: page ?? 'unknown' };
}

function longRoute(head: string, rest: readonly string[]): Route {
  if (head === 'first-run' || head === 'invite') return tokenRoute(head, rest);
  return head === 'snapshots' ? snapshotRoute(rest) : { page: 'unknown' };
}

/** The hash that leads to `route`. */
export function formatRoute(route: Route): string {
  if ('token' in route) return `#/${route.page}/${encodeURIComponent(route.token)}`;
  if (route.page === 'snapshot')
    return ['#/snapshots', route.snapshotId, ...route.path.map(encodeName)].join('/');
  return route.page === 'unknown' ? '#/backup' : `#/${route.page}`;
}

/** Whether a page is for people who are not signed in. */
export function isPublicPage(page: PageName): boolean {
  return page === 'first-run' || page === 'invite' || page === 'sign-in' || page === 'recover';
}

function tokenRoute(page: 'first-run' | 'invite', rest: readonly string[]): Route {
  const token = decodeName(rest[0] ?? '');
  return rest.length === 1 && token !== undefined ? { page, token } : { page: 'unknown' };
}

function snapshotRoute(rest: readonly string[]): Route {
  const [id = '', ...names] = rest;
  if (!/^[0-9a-f]{32}$/.test(id)) return { page: 'unknown' };
  const path = names.map(decodeName);
  if (!path.every((name) => name !== undefined)) return { page: 'unknown' };
  return { page: 'snapshot', snapshotId: id as SnapshotId, path };
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
