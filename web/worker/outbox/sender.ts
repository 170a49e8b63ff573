/**
 * Empties the queue. Needs no key and no open vault: a token that may only send, sealed files, and the lock that says
 * that nobody else of this browser sends. The engine runs it, and the service worker when every tab is closed.
 */
import { equalBytes } from '../../../shared/bytes.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import { ServerLink } from '../connection/server-link.ts';
import { ServerTrouble } from '../connection/server-trouble.ts';
import type { Traffic } from '../connection/traffic.ts';
import { whileConnected } from '../connection/while-connected.ts';
import type { EnginePorts } from '../ports.ts';
import { problemOf } from '../problems.ts';
import type { QueueEntry, QueueRecord, UploadAccess } from './ports.ts';
import { nextToSend } from './queue.ts';
import type { Queue } from './queue.ts';
import { isSealed, sendBackup } from './send-backup.ts';
import type { SendContext } from './send-backup.ts';

export type SenderPorts = Pick<EnginePorts, 'clock' | 'random' | 'openSocket' | 'locks' | 'outbox'>;

const LOCK = 'holdfast-sender';
/** What a person's pause or removal ends a sending with. */
const INTERRUPTED = new HoldfastError('cancelled', { detail: 'paused or removed' });

export class Sender {
  readonly #ports: SenderPorts;
  readonly #queue: Queue;
  readonly #traffic: Traffic;
  readonly #patienceMs: number | undefined;
  #link: ServerLink | undefined;

  /**
   * `traffic`: that of everything which the limits are for. With `patienceMs` it gives up, and lets another one send,
   * after so long without a connection.
   */
  constructor(ports: SenderPorts, queue: Queue, traffic: Traffic, patienceMs?: number) {
    this.#ports = ports;
    this.#queue = queue;
    this.#traffic = traffic;
    this.#patienceMs = patienceMs;
  }

  /** Connects now rather than when the back-off ends. */
  retryNow(): void {
    this.#link?.retryNow();
  }

  /**
   * Resolves when nothing is left that may go out; rejects with the signal's reason, or with `offline` when its patience
   * is at an end. Without that it waits for connections without end.
   */
  async drain(signal: AbortSignal): Promise<void> {
    if (vaultToSend(await this.#queue.load()) === undefined) return;
    await this.#ports.locks.hold(LOCK, signal, async () => {
      // Whoever sent last may have been ended in the middle.
      await this.#queue.updateEach(
        ({ state }) => state === 'sending',
        () => ({ state: 'waiting', problem: undefined }),
      );
      for (;;) {
        const access = vaultToSend(await this.#queue.load());
        if (access?.token === undefined) return;
        await this.#drainVault(access, access.token, signal);
        signal.throwIfAborted();
      }
    });
  }

  async #drainVault(
    access: UploadAccess,
    token: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<void> {
    const refused = new AbortController();
    const link = this.#connect(access, token, refused);
    const either = AbortSignal.any([signal, refused.signal]);
    try {
      await this.#withPatience(link, either, async (sending) => this.#sendEach(link, access, sending));
      await this.#leaveIfDone(link, access);
    } catch (error) {
      if (!refused.signal.aborted) throw error;
    } finally {
      this.#link = undefined;
      link.stop();
    }
    if (refused.signal.aborted) await this.#noteRefused(access, refused.signal.reason);
  }

  async #withPatience(
    link: ServerLink,
    signal: AbortSignal,
    send: (signal: AbortSignal) => Promise<true>,
  ): Promise<void> {
    if (this.#patienceMs === undefined) await send(signal);
    else {
      const patience = { link, clock: this.#ports.clock, patienceMs: this.#patienceMs };
      if ((await whileConnected(patience, signal, send)) === undefined) throw new HoldfastError('offline');
    }
  }

  async #sendEach(link: ServerLink, { vaultId }: UploadAccess, signal: AbortSignal): Promise<true> {
    for (;;) {
      const entry = nextToSend(await this.#queue.load(), vaultId);
      if (entry === undefined) return true;
      signal.throwIfAborted();
      await this.#send(link, entry, signal);
    }
  }

  #connect(access: UploadAccess, token: Uint8Array<ArrayBuffer>, refused: AbortController): ServerLink {
    const ports = { ...this.#ports, traffic: this.#traffic, checksum: nothingToCheck };
    const link = new ServerLink(access.serverUrl, ports, {
      onState: () => undefined,
      onPush: () => undefined,
      onSessionLost: (error) => {
        refused.abort(error);
      },
    });
    link.useSession(token);
    this.#link = link;
    void link.run();
    return link;
  }

  /** Sends one, and notes how that ended. */
  async #send(link: ServerLink, entry: QueueEntry, signal: AbortSignal): Promise<void> {
    const interrupted = new AbortController();
    const unwatch = this.#queue.onChange(() => {
      void this.#isStillMeant(entry).then((isMeant) => {
        if (!isMeant) interrupted.abort(INTERRUPTED);
      });
    });
    const { jobId } = entry;
    try {
      await this.#queue.update(jobId, ({ state }) =>
        state === 'waiting' ? { state: 'sending', problem: undefined } : {},
      );
      await this.#sendAll(this.#watched(link, entry), entry, AbortSignal.any([signal, interrupted.signal]));
    } catch (error) {
      await this.#notSent(entry, toHoldfastError(error), signal.aborted || interrupted.signal.aborted);
    } finally {
      unwatch();
    }
  }

  /** What the server can't do at present is noted with the entry that waits for it. */
  #watched(link: ServerLink, { jobId }: QueueEntry): SendContext['link'] {
    return new ServerTrouble((failure) => {
      const problem = failure && problemOf(failure);
      const noted = this.#queue.update(jobId, ({ state }) => (state === 'sending' ? { problem } : {}));
      // A queue that can't be written to fails the sending itself.
      noted.catch(() => undefined);
    }).watched(link);
  }

  async #sendAll(link: SendContext['link'], entry: QueueEntry, signal: AbortSignal): Promise<void> {
    const { clock, outbox } = this.#ports;
    const context: SendContext = { link, files: outbox.files, queue: this.#queue, clock };
    if (!isSealed(entry)) throw new HoldfastError('outbox-damaged', { detail: 'not sealed to its end' });
    const result = await sendBackup(context, entry, signal);
    if (result.kind === 'missing') throw new HoldfastError('snapshot-incomplete');
    const { jobId, vaultId, sourceId, snapshotId, madeAtMs } = entry;
    const { receivedAtMs, payloadBytes: sentBytes } = result;
    const receipt = { jobId, vaultId, sourceId, snapshotId, madeAtMs, receivedAtMs, sentBytes };
    await this.#queue.accept({ ...receipt, wasQueued: true });
    await outbox.files.remove(entry.file);
  }

  async #notSent({ jobId }: QueueEntry, failure: HoldfastError, isInterrupted: boolean): Promise<void> {
    await this.#queue.update(jobId, ({ state }) => {
      if (state !== 'sending') return {};
      if (isInterrupted) return { state: 'waiting', problem: undefined };
      const problem = problemOf(failure);
      return { state: NEEDS_SOURCE.includes(failure.code) ? 'needs-source' : 'failed', problem };
    });
  }

  async #isStillMeant({ jobId }: QueueEntry): Promise<boolean> {
    const { entries, isPaused } = await this.#queue.load();
    const state = entries.find((entry) => entry.jobId === jobId)?.state;
    return !isPaused && (state === 'waiting' || state === 'sending');
  }

  /** A device that is locked and has sent everything has no use for its token any more. */
  async #leaveIfDone(link: ServerLink, { vaultId }: UploadAccess): Promise<void> {
    const { entries, access } = await this.#queue.load();
    const isDone = entries.every((entry) => entry.vaultId !== vaultId);
    if (!isDone || access.find((each) => each.vaultId === vaultId)?.isLocked !== true) return;
    await this.#queue.setAccess(vaultId, (current) => current && withoutToken(current));
    // The server forgets it by time-out if it can't be told.
    await link.requestOnce({ type: 'sign-out' }, ['done']).catch(() => undefined);
  }

  async #noteRefused({ vaultId, token }: UploadAccess, reason: unknown): Promise<void> {
    await this.#queue.setAccess(vaultId, (current) =>
      // A new one may have come meanwhile.
      current !== undefined && isSameToken(current.token, token)
        ? { ...withoutToken(current), problem: problemOf(reason) }
        : current,
    );
  }
}

const NEEDS_SOURCE: readonly HoldfastError['code'][] = ['snapshot-incomplete', 'outbox-damaged'];

/** How to send to the first vault that anything may go out to. */
function vaultToSend(record: QueueRecord): UploadAccess | undefined {
  return record.access.find(
    ({ vaultId, token }) => token !== undefined && nextToSend(record, vaultId) !== undefined,
  );
}

export function withoutToken({
  vaultId,
  accountName,
  deviceId,
  serverUrl,
  isLocked,
}: UploadAccess): UploadAccess {
  return { vaultId, accountName, deviceId, serverUrl, isLocked };
}

function isSameToken(a = NO_TOKEN, b = NO_TOKEN): boolean {
  return equalBytes(a, b);
}

const NO_TOKEN = new Uint8Array(0);

/** A sender asks for no chunk. */
function nothingToCheck(): never {
  throw new HoldfastError('internal', { detail: 'a sender receives no pieces' });
}
