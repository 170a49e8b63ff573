import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { launchBare, launchPlaywright } from './chromium.ts';
import { isRunning, processTree } from './process-tree.ts';
import { tempDir } from './temp-dir.ts';
import { waitFor } from './wait.ts';

test('a bare Chromium opens a page, tells its memory, and leaves no process after kill', async (t) => {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('<title>bare</title>');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  const browser = launchBare(t, `http://localhost:${port}/here`, await tempDir(t));
  await waitFor('the page to be asked for', () => (asked.includes('/here') ? true : undefined), 20_000);
  const tree = await processTree(browser.pid);
  assert.ok(tree.length > 2);
  assert.ok((await browser.rssBytes()) > 100 * 1024 * 1024);
  await browser.kill();
  const left = await Promise.all(tree.map(({ pid }) => isRunning(pid)));
  assert.ok(!left.includes(true));
});

test('a profile keeps what a page stored when Chromium starts again on it', async (t) => {
  const server = http.createServer((_, response) => response.end('<title>profile</title>'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const profile = await tempDir(t);

  const first = await launchPlaywright(t, profile);
  const page = await first.newPage();
  await page.goto(url);
  await page.evaluate(() => {
    localStorage.setItem('kept', 'yes');
  });
  await first.close();

  const second = await launchPlaywright(t, profile);
  const again = await second.newPage();
  await again.goto(url);
  assert.equal(await again.evaluate(() => localStorage.getItem('kept')), 'yes');
});
