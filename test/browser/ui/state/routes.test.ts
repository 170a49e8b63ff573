import { assert } from 'chai';
import type { SnapshotId, SourceId } from '../../../../shared/ids.ts';
import {
  formatRoute,
  isOpenPage,
  isPublicPage,
  parseRoute,
  type Route,
} from '../../../../web/state/routes.ts';

const snapshotId = 'ab'.repeat(16) as SnapshotId;

const sourceId = 'cd'.repeat(16) as SourceId;

const ROUTES: readonly Route[] = [
  { page: 'first-run', token: 'a-_b/c d' },
  { page: 'invite', token: 'x' },
  { page: 'sign-in' },
  { page: 'recover' },
  { page: 'backup' },
  { page: 'snapshots' },
  { page: 'snapshots', sourceId },
  { page: 'compare', before: snapshotId, after: snapshotId },
  { page: 'versions', sourceId, path: ['a/b', 'ü ?#%.txt'] },
  { page: 'search', text: '' },
  { page: 'search', text: 'a/b \\u ü' },
  { page: 'trash' },
  { page: 'queue' },
  { page: 'check' },
  { page: 'settings' },
  { page: 'log' },
  { page: 'snapshot', snapshotId, path: [] },
  { page: 'snapshot', snapshotId, path: ['a/b', 'ü ?#%', '\\u', '..', '\ud83d\ude00'] },
  { page: 'snapshot', snapshotId, path: ['a lone surrogate \ud83d here', 'and \udc00 here'] },
];

describe('addresses', () => {
  it('lead back to the route that they were made of, for any file name', () => {
    for (const route of ROUTES) assert.deepEqual(parseRoute(formatRoute(route)), route);
  });

  it('are the backup page when empty', () => {
    for (const hash of ['', '#', '#/']) assert.deepEqual(parseRoute(hash), { page: 'backup' });
  });

  it('that mean nothing are told apart, never guessed', () => {
    const wrong = [
      '#/nope',
      '#/backup/more',
      '#/invite',
      '#/invite/a/b',
      '#/snapshots/xyz',
      '#/invite/%E0%A4',
      `#/snapshots/${snapshotId}/%`,
      '#/history/xyz',
      `#/compare/${snapshotId}`,
      `#/compare/${snapshotId}/x`,
      `#/versions/${sourceId}`,
      '#/constructor/a',
      '#/trash/x',
    ];
    for (const hash of wrong) assert.deepEqual(parseRoute(hash), { page: 'unknown' }, hash);
  });

  it('of an unknown page lead to the backup page', () => {
    assert.equal(formatRoute({ page: 'unknown' }), '#/backup');
  });

  it('are open without an account only where one is made or entered', () => {
    const open = ROUTES.filter(({ page }) => isPublicPage(page)).map(({ page }) => page);
    assert.deepEqual(open, ['first-run', 'invite', 'sign-in', 'recover']);
    const keyless = ROUTES.filter(({ page }) => isOpenPage(page)).map(({ page }) => page);
    assert.deepEqual(keyless, ['first-run', 'invite', 'sign-in', 'recover', 'queue']);
  });
});
