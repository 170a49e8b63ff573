/**
 * The bench's own HTTP server: gives the page its files under the product's headers, its tasks, and takes
 * its results. Nothing else connects bench and browser.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { securityHeaders } from '../../server/site/security-headers.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { PATHS } from './tasks.ts';
import type { Mark, Task, TaskResult } from './tasks.ts';

export interface BenchServer {
  /** The page's origin. */
  readonly origin: string;
  /** Gives `task` to the page when it asks next, and resolves with the result. */
  run(task: Task, events: TaskEvents): Promise<TaskResult>;
}

export interface TaskEvents {
  /** The page waits until it resolves. */
  onMark(name: Mark): Promise<void>;
  rendererRssBytes(): Promise<number>;
}

interface RunningTask {
  readonly events: TaskEvents;
  readonly resolve: (result: TaskResult) => void;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The product's headers; only that the page may also talk to the servers of the cases. */
const HEADERS = securityHeaders(false).map(
  ([name, value]) =>
    [name, value.replace("connect-src 'self'", "connect-src 'self' http://*:* ws://*:*")] as const,
);

/** Serves the page built in `pageDir`, until the scope ends. */
export async function startBenchServer(scope: CleanUp, pageDir: string): Promise<BenchServer> {
  const tasks = new TaskQueue();
  const server = createServer((request, response) => {
    answer(request, response, tasks, pageDir).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.after(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    run: (task, events) => tasks.run(task, events),
  };
}

/** One task at a time; whoever comes first, page or task, waits for the other. */
class TaskQueue {
  #given: Task | undefined;
  #running: RunningTask | undefined;
  #hand: ((task: Task) => void) | undefined;

  async run(task: Task, events: TaskEvents): Promise<TaskResult> {
    return new Promise((resolve) => {
      this.#running = { events, resolve };
      if (this.#hand === undefined) this.#given = task;
      else this.#hand(task);
      this.#hand = undefined;
    });
  }

  async next(): Promise<Task> {
    const given = this.#given;
    this.#given = undefined;
    if (given !== undefined) return given;
    return new Promise((resolve) => (this.#hand = resolve));
  }

  get events(): TaskEvents | undefined {
    return this.#running?.events;
  }

  end(result: TaskResult): void {
    this.#running?.resolve(result);
    this.#running = undefined;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  tasks: TaskQueue,
  pageDir: string,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://bench');
  const route = ROUTES.get(url.pathname);
  if (route === undefined) await sendFile(response, pageDir, url.pathname);
  else response.end(await route(tasks, url.searchParams, await text(request)));
}

type Route = (tasks: TaskQueue, query: URLSearchParams, body: string) => Promise<string>;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  [PATHS.task, async (tasks) => JSON.stringify(await tasks.next())],
  [
    PATHS.result,
    async (tasks, _, body) => {
      tasks.end(JSON.parse(body) as TaskResult);
      return Promise.resolve('');
    },
  ],
  [
    PATHS.mark,
    async (tasks, query) => {
      await tasks.events?.onMark(query.get('name') as Mark);
      return '';
    },
  ],
  [PATHS.rendererRss, async (tasks) => String(await tasks.events?.rendererRssBytes())],
]);

/** The product's page as it is built: its service worker, and what that keeps. */
const PRODUCT_DIR = fileURLToPath(new URL('../../dist/web', import.meta.url));

async function sendFile(response: ServerResponse, pageDir: string, pathname: string): Promise<void> {
  const name = pathname === '/' ? 'index.html' : path.normalize(pathname);
  const body = (await contentOf(pageDir, name)) ?? (await contentOf(PRODUCT_DIR, name));
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  for (const [header, value] of HEADERS) response.setHeader(header, value);
  response.setHeader('Content-Type', CONTENT_TYPES[path.extname(name)] ?? 'application/octet-stream');
  response.end(body);
}

async function contentOf(folder: string, name: string): Promise<Buffer | undefined> {
  return readFile(path.join(folder, name)).catch(() => undefined);
}
