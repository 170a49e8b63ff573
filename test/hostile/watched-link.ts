/** A client's link to a scripted server, and what it tells of it; its clock stands still until a test moves it. */
import { checksum } from '../../server/checksum.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import type { ConnectionState } from '../../web/bridge/engine-api.ts';
import { ServerLink } from '../../web/worker/connection/server-link.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { waitFor } from '../helpers/wait.ts';
import { openSocket } from '../worker/engine-ports.ts';
import { ManualClock } from '../worker/manual-clock.ts';
import { startScriptedServer } from '../worker/scripted-server.ts';
import type { Script, ScriptedServer } from '../worker/scripted-server.ts';

export interface WatchedLink {
  readonly link: ServerLink;
  readonly server: ScriptedServer;
  readonly clock: ManualClock;
  readonly states: readonly ConnectionState[];
  readonly pushed: readonly ServerMessage[];
  /** Codes of lost sessions. */
  readonly lost: readonly string[];
  readonly online: (count?: number) => Promise<void>;
  /** Moves time on in steps in which the server can answer. */
  readonly pass: (ms: number, stepMs?: number) => Promise<void>;
}

export function errorMessage(code: string, retryAfterMs?: number): ServerMessage {
  return { type: 'error', code, detail: '', retryAfterMs };
}

export async function watchedLink(test: CleanUp, script?: Script): Promise<WatchedLink> {
  const server = await startScriptedServer(test, script);
  const clock = new ManualClock();
  const states: ConnectionState[] = [];
  const pushed: ServerMessage[] = [];
  const lost: string[] = [];
  const random = (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(0xff);
  const link = new ServerLink(
    server.url,
    { openSocket, checksum, clock, random },
    {
      onState: (state) => states.push(state),
      onPush: (message) => pushed.push(message),
      onSessionLost: ({ code }) => lost.push(code),
    },
  );
  const running = link.run();
  test.after(async () => {
    link.stop();
    await running;
  });
  const timesOnline = (): number =>
    states.filter(({ kind }, index) => kind === 'online' && states[index - 1]?.kind !== 'online').length;
  return {
    link,
    server,
    clock,
    states,
    pushed,
    lost,
    online: async (count = 1) => {
      await waitFor(`being online for the ${count}. time`, () => (timesOnline() >= count ? true : undefined));
    },
    pass: async (ms, stepMs = 500) => {
      for (let passed = 0; passed < ms; passed += stepMs) {
        await clock.advance(stepMs);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
  };
}
