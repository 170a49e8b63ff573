/**
 * The built web app, read into memory when the server starts: a request is a look-up among known
 * paths, so no path can lead anywhere else, and a half-finished update of the folder is never served.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** One encoding of a file. */
export interface Variant {
  /** Undefined: as it is. */
  readonly encoding: 'br' | 'gzip' | undefined;
  readonly body: Buffer;
  /** Strong: a hash of the body. */
  readonly etag: string;
}

export interface StaticFile {
  readonly contentType: string;
  readonly cacheControl: string;
  /** What suits everyone. */
  readonly plain: Variant;
  /** Smallest first. */
  readonly compressed: readonly Variant[];
}

export type StaticSite = ReadonlyMap<string, StaticFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const ENCODINGS = [
  { encoding: 'br', suffix: '.br' },
  { encoding: 'gzip', suffix: '.gz' },
] as const;

/** A build tool's content hash in the name: the file at this address never changes. */
const HASHED_NAME = /^\/assets\/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const INDEX_PAGE = '/index.html';

/** The files below `folder` by request path; empty if there is no such folder. */
export function loadStaticSite(folder: string): StaticSite {
  const site = new Map<string, StaticFile>();
  if (!existsSync(folder)) return site;
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const known = new Set(names);
  for (const name of names) {
    if (isPrecompressed(name, known)) continue;
    const path = `/${relative(folder, name).split(sep).join('/')}`;
    site.set(path, loadFile(path, name, known));
  }
  const index = site.get(INDEX_PAGE);
  if (index !== undefined) site.set('/', index);
  return site;
}

/** The variant to send to a client that sent this Accept-Encoding. */
export function chooseVariant(file: StaticFile, acceptEncoding: string): Variant {
  const accepted = new Set(
    acceptEncoding
      .split(',')
      .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
      .map((part) => part.split(';')[0]?.trim().toLowerCase()),
  );
  return file.compressed.find(({ encoding }) => accepted.has(encoding)) ?? file.plain;
}

function isPrecompressed(name: string, known: ReadonlySet<string>): boolean {
  return ENCODINGS.some(({ suffix }) => name.endsWith(suffix) && known.has(name.slice(0, -suffix.length)));
}

function loadFile(path: string, name: string, known: ReadonlySet<string>): StaticFile {
  const compressed = ENCODINGS.filter(({ suffix }) => known.has(name + suffix)).map(({ encoding, suffix }) =>
    loadVariant(name + suffix, encoding),
  );
  return {
    contentType: CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
    cacheControl: HASHED_NAME.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    plain: loadVariant(name, undefined),
    compressed,
  };
}

function loadVariant(name: string, encoding: Variant['encoding']): Variant {
  const body = readFileSync(name);
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { encoding, body, etag: `"${hash}"` };
}
