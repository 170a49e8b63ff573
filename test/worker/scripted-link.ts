/** A link to a server that does as a test says, over time that the test moves on. */
import type { TestContext } from 'node:test';
import { checksum } from '../../server/checksum.ts';
import type { AccountId, VaultId } from '../../shared/ids.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import type { ConnectionState } from '../../web/bridge/engine-api.ts';
import { ServerLink } from '../../web/worker/connection/server-link.ts';
import { waitFor } from '../helpers/wait.ts';
import { openSocket } from './engine-ports.ts';
import { ManualClock } from './manual-clock.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { ScriptedServer, Script } from './scripted-server.ts';

export const TOKEN = new Uint8Array(32).fill(9);
export const SERVER_STATUS: ServerMessage = {
  type: 'server-status',
  uptimeMs: 1,
  serverVersion: '1.2.3',
  vaultStoredBytes: 0,
  vaultChunks: 0,
  vaultSnapshots: 0,
  trashedSnapshots: 0,
  garbageBytes: 0,
  scrubbedAtMs: 0,
  damagedChunks: 0,
  quotaBytes: 0,
};
export const RESUMED: ServerMessage = {
  type: 'session-resumed',
  accountId: '01'.repeat(16) as AccountId,
  role: 'user',
  vault: { vaultId: '02'.repeat(16) as VaultId, keys: [] },
};

export function errorMessage(code: string, retryAfterMs?: number): ServerMessage {
  return { type: 'error', code, detail: '', retryAfterMs };
}

/** A link, and what it has told. */
export class Watched {
  readonly states: ConnectionState[] = [];
  readonly pushed: ServerMessage[] = [];
  readonly lost: string[] = [];
  readonly clock = new ManualClock();
  readonly link: ServerLink;
  readonly running: Promise<void>;

  constructor(url: string, chanceByte = 0xff) {
    const ports = {
      openSocket,
      checksum,
      clock: this.clock,
      random: (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(chanceByte),
    };
    this.link = new ServerLink(url, ports, {
      onState: (state) => this.states.push(state),
      onPush: (message) => this.pushed.push(message),
      onSessionLost: ({ code }) => this.lost.push(code),
    });
    this.running = this.link.run();
  }

  kinds(): string[] {
    return this.states.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);
  }

  async state(kind: ConnectionState['kind'], count = 1): Promise<void> {
    await waitFor(`${kind} for the ${count}. time`, () =>
      this.kinds().filter((each) => each === kind).length >= count ? true : undefined,
    );
  }

  /** How long the waits before each new try were said to be. */
  waitsMs(): number[] {
    const waits: number[] = [];
    for (const state of this.states) {
      if (state.kind === 'offline' && state.nextTryAtMs !== undefined) waits.push(state.nextTryAtMs);
    }
    return waits;
  }
}

/** A link to a server that answers as the script says. */
export async function link(
  test: TestContext,
  script?: Script,
  chanceByte?: number,
): Promise<{ server: ScriptedServer; watched: Watched }> {
  const server = await startScriptedServer(test, script);
  const watched = new Watched(server.url, chanceByte);
  test.after(async () => {
    watched.link.stop();
    await watched.running;
  });
  return { server, watched };
}
