/** The server of server-main.ts as a child process on one port: armed, awaited, started again. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/free-port.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';
import { bundled } from './bundle.ts';
import type { Arming } from './steps.ts';

const WEB = fileURLToPath(new URL('../../dist/web', import.meta.url));
const START_LIMIT_MS = 60_000;
const FIRST_RUN_LINK = /\/#\/first-run\/([\w-]+)/;

export class FaultyServer {
  readonly dataDir: string;
  readonly url: string;
  readonly #port: number;
  readonly #main: string;
  #child: ChildProcess | undefined;
  #output = '';
  /** Starts after which the index was as one made anew. */
  soundStarts = 0;

  private constructor(dataDir: string, port: number, main: string) {
    this.dataDir = dataDir;
    this.#port = port;
    this.#main = main;
    this.url = `http://localhost:${port}`;
  }

  static async start(test: CleanUp): Promise<FaultyServer> {
    const server = new FaultyServer(
      await tempDir(test),
      await freePort(),
      await bundled(test, 'server-main.ts'),
    );
    test.after(() => server.kill());
    await server.start();
    return server;
  }

  /** Starts it again; throws if its recovered index is another than one made anew. */
  async start(): Promise<void> {
    this.#output = '';
    const child = spawn(process.execPath, [this.#main], {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        HOLDFAST_PORT: String(this.#port),
        HOLDFAST_DATA_DIR: this.dataDir,
        HOLDFAST_WEB_DIR: WEB,
        HOLDFAST_LOG_LEVEL: 'error',
      },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    await waitFor('the server to be ready', () => this.#probe(child), START_LIMIT_MS);
    if (!this.#output.includes('The index is as one made anew.')) throw new Error(this.#output);
    this.soundStarts++;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get firstRunToken(): string {
    return FIRST_RUN_LINK.exec(this.#output)?.[1] ?? '';
  }

  get output(): string {
    return this.#output;
  }

  arm(arming: Arming): void {
    this.#child?.send(arming);
  }

  /** Resolves when it has ended; at once if it has. */
  async ended(): Promise<void> {
    if (this.#child !== undefined && this.isRunning) await once(this.#child, 'exit');
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const ended = this.ended();
    this.#child?.kill(signal);
    await ended;
  }

  /** Its process stands still for as long as `look` takes. */
  async whileStopped<T>(look: () => Promise<T>): Promise<T> {
    this.#child?.kill('SIGSTOP');
    try {
      return await look();
    } finally {
      this.#child?.kill('SIGCONT');
    }
  }

  async #probe(child: ChildProcess): Promise<true | undefined> {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The server ended: ${this.#output}`);
    const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  }
}
