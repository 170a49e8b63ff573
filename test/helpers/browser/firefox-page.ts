/** Firefox over WebDriver BiDi, which it speaks itself. Downloads are saved to disk, as a person's would be. */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { endProcessTree } from '../end-process-tree.ts';
import type { CleanUp } from '../temp-dir.ts';
import { waitFor } from '../wait.ts';
import { findCommand } from './find-command.ts';
import { Page } from './page.ts';
import type { PageDriver } from './page.ts';
import { openRpcSocket } from './rpc-socket.ts';
import type { RpcSocket } from './rpc-socket.ts';

const STARTS_WITHIN_MS = 60_000;

/** The executable, if there is one. */
export function findFirefox(): string | undefined {
  return findCommand(['firefox-esr', 'firefox']);
}

/**
 * Starts Firefox with an empty profile in `profileDir` and resolves with its page; downloads go into
 * `downloadDir`. It is ended when the test ends.
 */
export async function openFirefoxPage(
  test: CleanUp,
  executable: string,
  { profileDir, downloadDir }: { readonly profileDir: string; readonly downloadDir: string },
): Promise<Page> {
  await mkdir(profileDir, { recursive: true });
  await writeFile(path.join(profileDir, 'user.js'), preferences(downloadDir));
  const child = spawn(
    executable,
    ['--headless', '--profile', profileDir, '--remote-debugging-port=0', '--no-remote'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '900' },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  test.after(() => endProcessTree(child));
  const address = await waitFor(
    'Firefox to listen',
    () => /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(output)?.[1],
    STARTS_WITHIN_MS,
  );
  const socket = await openRpcSocket(`${address}/session`);
  await socket.call('session.new', { capabilities: {} });
  const { contexts } = await socket.call('browsingContext.getTree', {});
  const [first] = contexts as readonly { readonly context: string }[];
  if (first === undefined) throw new Error('Firefox opened no page.');
  return new Page(bidiDriver(socket, first.context));
}

function preferences(downloadDir: string): string {
  const values = {
    'browser.download.dir': downloadDir,
    'browser.download.folderList': 2,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'app.update.auto': false,
    'remote.prefs.recommended': true,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

interface RemoteValue {
  readonly type: string;
  readonly value?: unknown;
  readonly sharedId?: string;
}

function bidiDriver(socket: RpcSocket, context: string): PageDriver {
  const evaluate = async (expression: string): Promise<RemoteValue> => {
    const target = { target: { context }, awaitPromise: true, userActivation: true };
    const answer = await socket.call('script.evaluate', { expression, ...target });
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer.exceptionDetails));
    return answer.result as RemoteValue;
  };
  const perform = async (actions: readonly object[]): Promise<void> => {
    await socket.call('input.performActions', { context, actions });
  };
  return {
    navigate: async (url) => {
      await socket.call('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    evaluate: async (expression) => String((await evaluate(expression)).value),
    clickAt: async (x, y) => {
      const move = { type: 'pointerMove', x: Math.round(x), y: Math.round(y) };
      const [down, up] = [
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ];
      await perform([{ type: 'pointer', id: 'mouse', actions: [move, down, up] }]);
    },
    typeText: async (text) => {
      const keys = Array.from(text).flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]);
      await perform([{ type: 'key', id: 'keyboard', actions: keys }]);
    },
    setFiles: async (expression, files) => {
      const { sharedId } = await evaluate(expression);
      await socket.call('input.setFiles', { context, element: { sharedId }, files });
    },
  };
}
