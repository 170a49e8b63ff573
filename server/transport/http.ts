/** Answers GET and HEAD: the web app's files, and whether the server lives and takes work. */
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { securityHeaders } from '../site/security-headers.ts';
import { chooseVariant } from '../site/static-site.ts';
import type { StaticFile, StaticSite, Variant } from '../site/static-site.ts';

export interface HttpOptions {
  readonly site: StaticSite;
  readonly tls: boolean;
  /** Whether new work is taken. */
  readonly isReady: () => boolean;
}

type Headers = readonly (readonly [string, string])[];

interface Reply {
  readonly status: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

const TEXT: Headers = [
  ['Content-Type', 'text/plain; charset=utf-8'],
  ['Cache-Control', 'no-store'],
];

export function serveHttp(app: TemplatedApp, options: HttpOptions): void {
  const security = securityHeaders(options.tls);
  app.any('/*', (response, request) => {
    const method = request.getMethod();
    const reply = method === 'get' || method === 'head' ? replyTo(request, options) : notAllowed();
    send(response, reply, security, method === 'head');
  });
}

function replyTo(request: HttpRequest, { site, isReady }: HttpOptions): Reply {
  const path = request.getUrl();
  if (path === '/healthz') return text('200 OK', 'ok');
  if (path === '/readyz') return readiness(isReady());
  const file = site.get(path);
  if (file === undefined) return text('404 Not Found', notFoundText(site, path));
  const variant = chooseVariant(file, request.getHeader('accept-encoding'));
  return fileReply(file, variant, request.getHeader('if-none-match'));
}

function readiness(ready: boolean): Reply {
  return ready ? text('200 OK', 'ready') : text('503 Service Unavailable', 'stopping');
}

function fileReply(file: StaticFile, { encoding, body, etag }: Variant, ifNoneMatch: string): Reply {
  const headers: (readonly [string, string])[] = [
    ['ETag', etag],
    ['Cache-Control', file.cacheControl],
    ['Vary', 'Accept-Encoding'],
  ];
  if (ifNoneMatch.includes(etag)) return { status: '304 Not Modified', headers, body: Buffer.alloc(0) };
  headers.push(['Content-Type', file.contentType]);
  if (encoding !== undefined) headers.push(['Content-Encoding', encoding]);
  return { status: '200 OK', headers, body };
}

function text(status: string, line: string): Reply {
  return { status, headers: TEXT, body: Buffer.from(`${line}\n`) };
}

function notAllowed(): Reply {
  return {
    status: '405 Method Not Allowed',
    headers: [...TEXT, ['Allow', 'GET, HEAD']],
    body: Buffer.from('Method not allowed\n'),
  };
}

function notFoundText(site: StaticSite, path: string): string {
  return site.size === 0 && path === '/' ? 'The web app is not built: npm run build makes it.' : 'Not found';
}

function send(
  response: HttpResponse,
  { status, headers, body }: Reply,
  security: Headers,
  headOnly: boolean,
): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of security) response.writeHeader(name, value);
    for (const [name, value] of headers) response.writeHeader(name, value);
    if (headOnly) endHead(response, body.length);
    else if (body.length === 0) response.endWithoutBody();
    else sendBody(response, body);
  });
}

/**
 * The length goes out as a header of our own: told to endWithoutBody, uWebSockets.js takes the answer for
 * unfinished, and ends the process.
 */
function endHead(response: HttpResponse, bodyBytes: number): void {
  response.writeHeader('Content-Length', String(bodyBytes));
  response.endWithoutBody();
}

/** Sends as much as the socket takes, and the rest whenever it takes more. */
function sendBody(response: HttpResponse, body: Buffer): void {
  const [sent] = response.tryEnd(body, body.length);
  if (sent) return;
  response.onAborted(() => undefined); // uWebSockets.js frees what it holds
  response.onWritable((offset) => {
    const [done] = response.tryEnd(body.subarray(offset), body.length);
    return done;
  });
}
