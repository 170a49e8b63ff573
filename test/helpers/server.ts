/**
 * The real, built server as a child process on a port of its own: what tests kill, stop and start again.
 * `npm run test:node` and `test:e2e` build it first.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { tempDir } from './temp-dir.ts';
import type { CleanUp } from './temp-dir.ts';
import { waitFor } from './wait.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = path.join(PROJECT, 'dist/node/server/main.js');
const FIRST_RUN_LINK = /\/#\/first-run\/([\w-]+)/;

export interface ServerOptions {
  /** Default: a new folder that goes when the test ends. */
  readonly dataDir?: string;
  /** Default: a free one. It stays the same over restarts. */
  readonly port?: number;
  /** Configuration as environment variables: HOLDFAST_… */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningServer {
  /** `http://localhost:PORT`, without a slash at its end: a secure context for browsers. */
  readonly url: string;
  /** `ws://localhost:PORT/ws` */
  readonly wsUrl: string;
  readonly port: number;
  readonly dataDir: string;
  /** The process that runs now; another one after `restart`. */
  pid(): number;
  /** From the link that a server without accounts prints at its first start. Rejects if it printed none. */
  firstRunToken(): Promise<string>;
  /** All that it has written to its standard output and error, over all restarts. */
  output(): string;
  /** Sends a signal (default SIGKILL), and resolves when the process has ended, with its exit code. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts it again on the same port and data, after killing it if it runs. Resolves when it is ready. */
  restart(): Promise<void>;
}

/** Starts a server and resolves when it answers `/readyz`. It is killed when the test ends. */
export async function startServer(test: CleanUp, options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await tempDir(test));
  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  let output = '';
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [MAIN], {
      cwd: tmpdir(), // not the project's folder, which may hold a configuration of its own
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...withoutConfiguration(process.env),
        HOLDFAST_WEB_DIR: path.join(PROJECT, 'dist/web'),
        ...options.env,
        HOLDFAST_PORT: String(port),
        HOLDFAST_DATA_DIR: dataDir,
      },
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    await waitFor('the server to be ready', () => probeReady(started, url, () => output), 20_000);
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> => {
    if (child === undefined) return null;
    if (hasEnded(child)) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  };

  test.after(async () => {
    await kill();
  });
  await start();
  return {
    url,
    wsUrl: `ws://localhost:${port}/ws`,
    port,
    dataDir,
    pid: () => child?.pid ?? 0,
    firstRunToken: () => waitFor('the first-run link', () => FIRST_RUN_LINK.exec(output)?.[1], 20_000),
    output: () => output,
    kill,
    restart: async () => {
      await kill();
      await start();
    },
  };
}

function withoutConfiguration(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('HOLDFAST_')));
}

/** True once ready, undefined while not; throws if the process has ended. */
async function probeReady(child: ChildProcess, url: string, output: () => string): Promise<true | undefined> {
  if (hasEnded(child)) throw new Error(`The server ended before it was ready:\n${output()}`);
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  return answer?.ok === true ? true : undefined;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
