import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { loadStaticSite } from '../../server/site/static-site.ts';
import { startServer } from '../helpers/server.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('the same paths are served however the folder is written: absolute, relative, with a slash', async (t) => {
  const folder = await tempDir(t);
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'index.html'), 'page');
  await writeFile(path.join(folder, 'assets/app-12345678.js'), 'code');

  const relative = path.relative(process.cwd(), folder);
  for (const written of [folder, `${folder}/`, relative, `./${relative}`]) {
    assert.deepEqual([...loadStaticSite(written).keys()].sort(), [
      '/',
      '/assets/app-12345678.js',
      '/index.html',
    ]);
  }
});

test('HEAD answers with the headers of GET and no body, and the server lives on', async (t) => {
  const server = await startServer(t);
  for (const address of ['/', '/nothing-here', '/readyz']) {
    const [head, get] = [
      await fetch(server.url + address, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } }),
      await fetch(server.url + address, { headers: { 'accept-encoding': 'identity' } }),
    ];
    assert.equal(head.status, get.status);
    assert.equal(head.headers.get('content-length'), get.headers.get('content-length'));
    assert.equal(await head.text(), '');
  }
});

test('a page that the browser has already is not sent again', async (t) => {
  const server = await startServer(t);
  const etag = (await fetch(server.url)).headers.get('etag');
  assert.ok(etag !== null);
  const again = await fetch(server.url, { headers: { 'if-none-match': etag } });
  assert.equal(again.status, 304);
});
