/** What the http side serves: the page's files with their headers, and nothing else of the disk. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { tempDir } from '../helpers/temp-dir.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient } from './wire-client.ts';

const file = wholeFile();
let server: TestServer;
const script = Buffer.from('console.log("the same line again and again");\n'.repeat(500));
const large = Buffer.alloc(9_000_000, 'a large file, larger than any socket buffer ');

before(async () => {
  const webDir = await tempDir(file);
  mkdirSync(join(webDir, 'assets'));
  const files = {
    'index.html': '<!doctype html><title>Holdfast</title>',
    'sw.js': 'self.skipWaiting();',
    'icon-192.png': Buffer.from([0x89, 0x50]),
    'assets/app-Bx3_9-dQ.js': script,
    'assets/app-Bx3_9-dQ.js.br': brotliCompressSync(script),
    'assets/app-Bx3_9-dQ.js.gz': gzipSync(script),
    'assets/zstd-DfG67hJk.wasm': large,
    'manifest.webmanifest': '{}',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(webDir, name), content);
  writeFileSync(join(webDir, '../secret.txt'), 'secret');
  server = await startTestServer(file, { config: { webDir, maxConnectionsPerAddress: 8 } });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port: server.port, path, headers, method }).end();
  return read((await once(request, 'response')) as [IncomingMessage]);
}

async function read([response]: [IncomingMessage]): Promise<Answer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}

test('the page is served at /, is asked for anew each time, and has the security headers', async () => {
  const { status, headers, body } = await get('/');
  assert.equal(status, 200);
  assert.equal(body.toString(), '<!doctype html><title>Holdfast</title>');
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.match(headers['permissions-policy']?.toString() ?? '', /camera=\(\)/);
  assert.equal(headers['strict-transport-security'], undefined);
});

test('no script may run but this origin’s files: none inline, no eval, no other host', async () => {
  const policy = (await get('/')).headers['content-security-policy']?.toString() ?? '';
  const directives = new Map(
    policy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
  );
  assert.equal(directives.get('default-src'), "'none'");
  assert.equal(directives.get('script-src'), "'self' 'wasm-unsafe-eval'");
  assert.equal(directives.get('frame-ancestors'), "'none'");
  assert.equal(directives.get('base-uri'), "'none'");
  assert.equal(directives.get('connect-src'), "'self'");
  assert.equal(directives.get('require-trusted-types-for'), "'script'");
  assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'|https?:|\*/);
});

test('a file with a hash in its name may be kept for ever; others not', async () => {
  for (const [path, cacheControl] of [
    ['/assets/app-Bx3_9-dQ.js', 'public, max-age=31536000, immutable'],
    ['/sw.js', 'no-cache'],
    ['/index.html', 'no-cache'],
    ['/manifest.webmanifest', 'no-cache'],
    ['/icon-192.png', 'no-cache'],
  ] as const) {
    assert.equal((await get(path)).headers['cache-control'], cacheControl, path);
  }
});

test('the smallest encoding that the browser takes is sent', async () => {
  const path = '/assets/app-Bx3_9-dQ.js';
  for (const [accept, encoding, decode] of [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['identity', undefined, (body: Buffer) => body],
    ['', undefined, (body: Buffer) => body],
  ] as const) {
    const { headers, body } = await get(path, { 'accept-encoding': accept });
    assert.equal(headers['content-encoding'], encoding);
    assert.equal(headers.vary, 'Accept-Encoding');
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    assert.deepEqual(decode(body), script);
  }
});

test('a file that is compressed beside itself has no address of its own', async () => {
  assert.equal((await get('/assets/app-Bx3_9-dQ.js.br')).status, 404);
});

test('what the browser has already is not sent again, encoding by encoding', async () => {
  const path = '/assets/app-Bx3_9-dQ.js';
  const etags = [];
  for (const accept of ['br', 'gzip', 'identity']) {
    const { etag = '' } = (await get(path, { 'accept-encoding': accept })).headers;
    etags.push(etag);
    const again = await get(path, { 'accept-encoding': accept, 'if-none-match': `"other", W/${etag}` });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal((await get(path, { 'accept-encoding': accept, 'if-none-match': '"other"' })).status, 200);
  }
  assert.equal(new Set(etags).size, 3);
});

test('a file larger than the socket’s buffer arrives whole, also at a slow reader', async () => {
  const request = httpRequest({
    host: '127.0.0.1',
    port: server.port,
    path: '/assets/zstd-DfG67hJk.wasm',
  }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { body, headers } = await read([response]);
  assert.equal(headers['content-type'], 'application/wasm');
  assert.ok(body.equals(large));
});

test('a reader that hangs up in the middle harms nobody', async () => {
  for (let i = 0; i < 5; i++) {
    const request = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      path: '/assets/zstd-DfG67hJk.wasm',
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.destroy();
  }
  assert.equal((await get('/healthz')).status, 200);
});

/** The status of a request whose path goes out exactly as it is written. */
async function rawStatus(path: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let answer = '';
  for await (const part of socket) answer += String(part);
  assert.doesNotMatch(answer, /secret/);
  return answer.split(' ')[1] ?? 'closed';
}

test('no path leads out of the web folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '//secret.txt',
    '/./../secret.txt',
    '/..\\secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/index.html%00.txt',
    '/etc/passwd',
    '/assets',
    '/assets/',
  ]) {
    assert.ok(['404', '400', 'closed'].includes(await rawStatus(path)), path);
  }
});

test('HEAD tells what GET would send, and sends none of it', async () => {
  for (const path of ['/', '/assets/app-Bx3_9-dQ.js', '/nothing', '/healthz']) {
    const [head, whole] = [await get(path, {}, 'HEAD'), await get(path)];
    assert.deepEqual([head.status, head.body.length], [whole.status, 0]);
    assert.deepEqual({ ...head.headers, date: '' }, { ...whole.headers, date: '' });
  }
});

test('other methods are not allowed', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await get('/', {}, method);
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
  }
});

test('the server tells that it lives and takes work; these answers are never kept', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const { status, headers } = await get(path);
    assert.deepEqual([status, headers['cache-control']], [200, 'no-store']);
  }
});

/** The status that answers an attempt to open a WebSocket: 101 if it opens. */
async function upgradeStatus(port: number, origin: string | undefined, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
    headers,
    ...(origin !== undefined && { origin }),
  });
  try {
    return await new Promise<number | undefined>((resolve, reject) => {
      socket.on('open', () => {
        resolve(101);
      });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
      });
      socket.on('error', reject);
    });
  } finally {
    socket.terminate();
  }
}

test('a page of another origin can’t open a WebSocket, unless it is allowed by configuration', async (t) => {
  const own = `http://127.0.0.1:${server.port}`;
  const foreign = [
    'https://evil.example',
    `http://127.0.0.1:${server.port + 1}`,
    'null',
    `http://127.0.0.1.evil.example:${server.port}`,
  ];
  assert.equal(await upgradeStatus(server.port, own), 101);
  for (const origin of foreign) assert.equal(await upgradeStatus(server.port, origin), 403, origin);
  const open = await startTestServer(t, { config: { allowedOrigins: ['https://backup.example'] } });
  assert.equal(await upgradeStatus(open.port, 'https://backup.example'), 101);
  assert.equal(await upgradeStatus(open.port, 'http://backup.example'), 403);
});

test('one address may have so many connections; those of others behind a proxy count apart', async (t) => {
  const limited = await startTestServer(t, {
    config: { maxConnectionsPerAddress: 2, maxConnections: 5, trustProxy: true },
  });
  const from = (address: string) =>
    WireClient.connect(limited.port, { headers: { 'X-Forwarded-For': `1.1.1.1, ${address}` } });
  const [first] = [
    await from('10.0.0.1'),
    await from('10.0.0.1'),
    await from('10.0.0.2'),
    await from('10.0.0.2'),
  ];
  const status = (address: string) => upgradeStatus(limited.port, undefined, { 'X-Forwarded-For': address });
  assert.equal(await status('10.0.0.1'), 503);
  await from('10.0.0.3');
  assert.equal(await status('10.0.0.4'), 503, 'all places are taken');
  await first.close();
  assert.equal(await status('10.0.0.1'), 101);
});

test('with a certificate, page and WebSocket come over TLS, and the browser is told to stay with it', async (t) => {
  const path = (name: string) => fileURLToPath(new URL(`tls/${name}.pem`, import.meta.url));
  const secure = await startTestServer(t, { config: { tlsCertFile: path('cert'), tlsKeyFile: path('key') } });
  assert.equal(secure.app.url, `https://localhost:${secure.port}`);
  const ca = readFileSync(path('cert'));
  const request = httpsRequest({
    host: 'localhost',
    port: secure.port,
    path: '/healthz',
    ca,
    family: 4,
  }).end();
  const { status, headers } = await read((await once(request, 'response')) as [IncomingMessage]);
  assert.deepEqual([status, headers['strict-transport-security']], [200, 'max-age=31536000']);
  const socket = new WebSocket(`wss://localhost:${secure.port}/ws`, { ca, family: 4 });
  await once(socket, 'open');
  socket.terminate();
});

test('a server without a built page says how to build it', async (t) => {
  const bare = await startTestServer(t, { config: { webDir: join(await tempDir(t), 'nothing') } });
  const answer = await fetch(`http://127.0.0.1:${bare.port}/`);
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /npm run build/);
});
