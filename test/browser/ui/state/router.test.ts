import { assert } from 'chai';
import { Router } from '../../../../web/state/router.ts';
import { FakeAddressBar } from '../fake-model.ts';

describe('the router', () => {
  it('follows the address bar', () => {
    const bar = new FakeAddressBar('#/log');
    const router = new Router(bar);
    assert.equal(router.route.value.page, 'log');
    bar.visit('#/settings');
    assert.equal(router.route.value.page, 'settings');
  });

  it('tells of a change once, and of none when the address stays', () => {
    const bar = new FakeAddressBar('#/log');
    const router = new Router(bar);
    let told = 0;
    router.route.subscribe(() => told++);
    router.go({ page: 'snapshots' });
    router.go({ page: 'snapshots' });
    bar.visit('#/snapshots');
    assert.equal(told, 1);
    assert.equal(bar.location.hash, '#/snapshots');
  });

  it('replaces a used invitation in the history instead of adding to it', () => {
    const bar = new FakeAddressBar('#/invite/secret');
    const visited: string[] = [];
    bar.history.replaceState = (_data, _unused, url) => visited.push(`replace ${url}`);
    bar.history.pushState = (_data, _unused, url) => visited.push(`push ${url}`);
    new Router(bar).go({ page: 'backup' }, { replace: true });
    assert.deepEqual(visited, ['replace /#/backup']);
  });
});
