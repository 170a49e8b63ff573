/** The pages: what each is called, and how its element is loaded. Loaded only when first opened. */
import type { PageName } from '../state/routes.ts';

export interface PageInfo {
  readonly title: string;
  readonly load: () => Promise<unknown>;
}

const firstRun = (): Promise<unknown> => import('./pages/hf-page-first-run.ts');

export const PAGES: Readonly<Record<PageName, PageInfo>> = {
  'first-run': { title: 'Welcome', load: firstRun },
  invite: { title: 'Invitation', load: firstRun },
  'sign-in': { title: 'Sign in', load: () => import('./pages/hf-page-sign-in.ts') },
  recover: { title: 'Recovery', load: () => import('./pages/hf-page-recover.ts') },
  backup: { title: 'Backup', load: () => import('./pages/hf-page-backup.ts') },
  snapshots: { title: 'History', load: () => import('./pages/hf-page-snapshots.ts') },
  snapshot: { title: 'Snapshot', load: () => import('./pages/hf-page-snapshot.ts') },
  compare: { title: 'Comparison', load: () => import('./pages/hf-page-compare.ts') },
  versions: { title: 'Versions', load: () => import('./pages/hf-page-versions.ts') },
  search: { title: 'Search', load: () => import('./pages/hf-page-search.ts') },
  queue: { title: 'Queue', load: () => import('./pages/hf-page-queue.ts') },
  trash: { title: 'Trash', load: () => import('./pages/hf-page-trash.ts') },
  check: { title: 'Check', load: () => import('./pages/hf-page-check.ts') },
  settings: { title: 'Settings', load: () => import('./pages/hf-page-settings.ts') },
  log: { title: 'Log', load: () => import('./pages/hf-page-log.ts') },
  unknown: { title: 'Not found', load: () => Promise.resolve() },
};
