/**
 * Chromium over a few domains of its DevTools protocol. The Network domain stays off: with it every WebSocket
 * frame is sent to the debugging client again, which makes transfers ten times slower.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { launchBare } from '../chromium.ts';
import type { CleanUp } from '../temp-dir.ts';
import { waitFor } from '../wait.ts';
import { Page } from './page.ts';
import type { PageDriver } from './page.ts';
import { openRpcSocket } from './rpc-socket.ts';
import type { RpcSocket } from './rpc-socket.ts';
import { HookedWorkers } from './worker-hook.ts';
import type { WorkerHook } from './worker-hook.ts';

export class ChromiumPage extends Page {
  readonly #cdp: Call;
  readonly #downloads: Downloads;

  /** Of the browser's first process. */
  readonly pid: number;
  /** If the page was opened with a hook for them. */
  readonly workers: HookedWorkers | undefined;

  constructor(cdp: Call, downloads: Downloads, pid: number, workers?: HookedWorkers) {
    super(chromiumDriver(cdp));
    this.pid = pid;
    this.workers = workers;
    this.#cdp = cdp;
    this.#downloads = downloads;
  }

  /** Runs `source` in every page before its own scripts. */
  async beforeEachPage(source: string): Promise<void> {
    await this.#cdp('Page.addScriptToEvaluateOnNewDocument', { source });
  }

  /** Drops files and folders of this machine on the middle of the first visible match, as a file manager does. */
  async drop(selector: string, paths: readonly string[]): Promise<void> {
    const { x, y } = await this.find(selector);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop']) {
      await this.#cdp('Input.dispatchDragEvent', { type, x, y, data });
    }
  }

  /** Reloads and resolves when the page's scripts run again. */
  async reload(): Promise<void> {
    await this.run(() => {
      document.documentElement.dataset.beforeReload = 'true';
    });
    await this.#cdp('Page.reload', {});
    await waitFor('the page to load again', async () => {
      const isNew = await this.run(
        () =>
          document.documentElement.dataset.beforeReload === undefined && document.readyState === 'complete',
      ).catch(() => false);
      return isNew ? true : undefined;
    });
  }

  /** Has the page collect its garbage now, and its workers if it was opened with a hook for them. */
  async collectGarbage(): Promise<void> {
    // What the first collection frees holds some for the second.
    for (let times = 0; times < 2; times++) {
      await this.#cdp('HeapProfiler.collectGarbage', {});
      await this.workers?.collectGarbage();
    }
  }

  /** Nodes that something holds, in the page or not, once all garbage is collected. */
  async liveNodes(): Promise<number> {
    await this.collectGarbage();
    return Number((await this.#cdp('Memory.getDOMCounters', {})).nodes);
  }

  /** The path of the next download that ends, in the folder given at start. Call before it begins. */
  nextDownload(): Promise<string> {
    return this.#downloads.next();
  }

  /** Stops the next download once some of it is here, as a person does in the browser's list. */
  cancelNextDownload(): Promise<void> {
    return this.#downloads.cancelNext();
  }
}

type Call = (
  method: string,
  params: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>;

export interface ChromiumOptions {
  readonly userDataDir: string;
  readonly downloadDir: string;
  readonly workerHook?: WorkerHook;
}

/**
 * Starts Chromium with the profile in `userDataDir` and opens an empty page; downloads go into `downloadDir`.
 * It is killed when the test ends.
 */
export async function openChromiumPage(
  test: CleanUp,
  { userDataDir, downloadDir, workerHook }: ChromiumOptions,
): Promise<ChromiumPage> {
  const args = ['--remote-debugging-port=0', '--window-size=1280,900'];
  const { pid } = launchBare(test, 'about:blank', userDataDir, args);
  const socket = await openRpcSocket(await debuggerUrl(userDataDir));
  test.after(() => {
    socket.close();
  });
  const { targetId } = await socket.call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await socket.call('Target.attachToTarget', { targetId, flatten: true });
  const downloads = await Downloads.into(socket, downloadDir);
  const cdp: Call = (method, params) => socket.call(method, params, String(sessionId));
  await cdp('Page.enable', {});
  const workers = workerHook && (await HookedWorkers.begin(socket, String(sessionId), workerHook));
  return new ChromiumPage(cdp, downloads, pid, workers);
}

/** From the file that Chromium writes beside its profile. */
async function debuggerUrl(userDataDir: string): Promise<string> {
  const file = path.join(userDataDir, 'DevToolsActivePort');
  const text = await waitFor('Chromium to listen', async () => {
    const read = await readFile(file, 'utf8').catch(() => '');
    return read.split('\n').length > 1 ? read : undefined;
  });
  const [port, address] = text.split('\n');
  return `ws://127.0.0.1:${port}${address}`;
}

/** Downloads of the whole browser. */
class Downloads {
  readonly #folder: string;
  readonly #socket: RpcSocket;
  #cancelled: (() => void) | undefined;
  #waiting: { resolve: (file: string) => void; reject: (error: Error) => void }[] = [];

  private constructor(socket: RpcSocket, folder: string) {
    this.#folder = folder;
    this.#socket = socket;
    socket.onEvent(({ method, params }) => {
      if (method !== 'Browser.downloadProgress') return;
      if (Number(params.receivedBytes) > 0) this.#cancel(String(params.guid));
      this.#onProgress(String(params.guid), String(params.state));
    });
  }

  static async into(socket: RpcSocket, folder: string): Promise<Downloads> {
    const options = { behavior: 'allowAndName', downloadPath: folder, eventsEnabled: true };
    await socket.call('Browser.setDownloadBehavior', options);
    return new Downloads(socket, folder);
  }

  next(): Promise<string> {
    const ended = new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    ended.catch(() => undefined); // may fail before anyone looks
    return ended;
  }

  async cancelNext(): Promise<void> {
    return new Promise((resolve) => {
      this.#cancelled = resolve;
    });
  }

  #cancel(guid: string): void {
    const cancelled = this.#cancelled;
    this.#cancelled = undefined;
    if (cancelled !== undefined) void this.#socket.call('Browser.cancelDownload', { guid }).then(cancelled);
  }

  #onProgress(guid: string, state: string): void {
    if (state === 'inProgress') return;
    const waiting = this.#waiting.shift();
    if (state === 'completed') waiting?.resolve(path.join(this.#folder, guid));
    else waiting?.reject(new Error('The browser ended the download.'));
  }
}

function chromiumDriver(cdp: Call): PageDriver {
  return {
    navigate: async (url) => {
      const { errorText } = await cdp('Page.navigate', { url });
      if (typeof errorText === 'string') throw new Error(`Can't open ${url}: ${errorText}`);
    },
    evaluate: async (expression) => {
      const options = { awaitPromise: true, returnByValue: true, userGesture: true };
      const answer = await cdp('Runtime.evaluate', { expression, ...options });
      if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
      return (answer.result as { readonly value: string }).value;
    },
    clickAt: async (x, y) => {
      await cdp('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
      for (const type of ['mousePressed', 'mouseReleased']) {
        await cdp('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
      }
    },
    typeText: async (text) => {
      await cdp('Input.insertText', { text });
    },
    setFiles: async (expression, files) => {
      const { result } = await cdp('Runtime.evaluate', { expression });
      const { objectId } = result as { readonly objectId: string };
      await cdp('DOM.setFileInputFiles', { files, objectId });
    },
  };
}
