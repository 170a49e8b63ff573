/** Puts the parts of this device's outbox together: the queue, what the page sees of it, who sends it and with what. */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { VaultId } from '../../../shared/ids.ts';
import type { LogLevel } from '../../bridge/engine-api.ts';
import type { OutboxState } from '../../bridge/outbox-api.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { JobList } from '../jobs/job-list.ts';
import type { EnginePorts } from '../ports.ts';
import type { Device } from '../service-context.ts';
import type { OpenVault } from '../vault/open-vault.ts';
import { DeviceAccess } from './device-access.ts';
import { OutboxService } from './outbox.ts';
import type { OpenNames } from './outbox.ts';
import { Queue } from './queue.ts';
import { QueuedVault } from './queued-vault.ts';
import { Sender } from './sender.ts';
import { SenderRunner } from './sender-runner.ts';

export interface DeviceOutboxParts {
  readonly ports: EnginePorts;
  readonly device: Device;
  readonly link: ServerLink;
  readonly serverUrl: string;
  readonly jobs: JobList;
  readonly tell: (outbox: OutboxState) => void;
  readonly log: (level: LogLevel, text: string) => void;
}

/** An open vault, and the snapshots of it that wait. */
interface Opened {
  readonly vault: OpenVault;
  readonly queued: QueuedVault;
}

export class DeviceOutbox {
  readonly queue: Queue;
  readonly service: OutboxService;
  readonly #parts: DeviceOutboxParts;
  readonly #access: DeviceAccess;
  readonly #runner: SenderRunner;
  #opened: Opened | undefined;
  #lockedAccountName: string | undefined;

  constructor(parts: DeviceOutboxParts) {
    const { ports, link, serverUrl, device, jobs, tell } = parts;
    this.#parts = parts;
    this.queue = new Queue(ports.outbox);
    this.#access = new DeviceAccess(this.queue, link, serverUrl, device.deviceId);
    const names = (): OpenNames | undefined => this.#opened && openNames(this.#opened, jobs);
    this.service = new OutboxService({ ...ports, queue: this.queue, jobs, names, tell });
    const sender = new Sender(ports, this.queue, link.traffic);
    this.#runner = new SenderRunner(sender, this.queue, ports.clock, {
      prepare: async () => this.ensureAccess(),
      onFailure: (error) => {
        parts.log('error', `The queue stands still: ${toHoldfastError(error).message}`);
      },
    });
  }

  /** Of the account whose vault is locked on this device. */
  get lockedAccountName(): string | undefined {
    return this.#lockedAccountName;
  }

  /** `isLocked`: this device keeps no session. */
  async start(isLocked: boolean): Promise<void> {
    await this.service.tidy();
    if (isLocked) await this.#lock((await this.queue.load()).access.map(({ vaultId }) => vaultId));
    void this.#runner.run();
  }

  stop(): void {
    this.#runner.stop();
  }

  retryNow(): void {
    this.#runner.retryNow();
  }

  /** The vault is open from now on. */
  opened(vault: OpenVault): QueuedVault {
    const queued = new QueuedVault(vault.session, this.queue, this.#parts.ports.outbox.files);
    this.#opened = { vault, queued };
    this.#lockedAccountName = undefined;
    this.service.changed();
    this.#runner.look();
    return queued;
  }

  /** The keys are gone; what waits is sent nevertheless. */
  async locked(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) await this.#lock([opened.vault.session.vaultId]);
    this.service.changed();
  }

  /** The account leaves this device: nothing of its vault stays. */
  async forget(): Promise<void> {
    const vaultId = this.#opened?.vault.session.vaultId;
    // From now on nobody asks for another token.
    this.#opened = undefined;
    if (vaultId !== undefined) await this.service.forget(vaultId);
  }

  /** Sees to it that this device may send while the vault is locked. */
  async ensureAccess(isRenewed = false): Promise<void> {
    const session = this.#opened?.vault.session;
    if (session === undefined) return;
    try {
      const isOpen = (): boolean => this.#opened?.vault.session === session;
      await (isRenewed ? this.#access.renew(session, isOpen) : this.#access.ensure(session, isOpen));
    } catch (error) {
      // The next change, or the next minute, tries again.
      this.#parts.log('warn', `The queue may not send yet: ${toHoldfastError(error).message}`);
    }
  }

  async #lock(vaultIds: readonly VaultId[]): Promise<void> {
    for (const vaultId of vaultIds) await this.#access.locked(vaultId);
    this.#lockedAccountName = await this.#access.lockedAccountName();
  }
}

function openNames({ vault, queued }: Opened, jobs: JobList): OpenNames {
  const { session, mirror } = vault;
  const titles = new Map(jobs.list().map(({ jobId, title }) => [jobId, title]));
  return {
    vaultId: session.vaultId,
    sourceName: ({ jobId, snapshotId }) =>
      queued.nameOf(jobId) ?? mirror.find(snapshotId)?.description.sourceName ?? titles.get(jobId),
    read: async () => {
      await queued.snapshots();
    },
  };
}
