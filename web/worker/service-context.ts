/** What every service of an open vault works with. */
import type { DeviceId } from '../../shared/ids.ts';
import type { EngineEvent, LogLevel } from '../bridge/engine-api.ts';
import type { ServerLink } from './connection/server-link.ts';
import type { JobList } from './jobs/job-list.ts';
import type { Queue } from './outbox/queue.ts';
import type { QueuedVault } from './outbox/queued-vault.ts';
import type { EnginePorts } from './ports.ts';
import type { OpenVault } from './vault/open-vault.ts';

export interface Device {
  readonly deviceId: DeviceId;
  readonly deviceName: string;
}

export interface ServiceContext {
  readonly ports: EnginePorts;
  readonly device: Device;
  readonly link: ServerLink;
  readonly vault: OpenVault;
  /** What waits on this device to be sent, of all vaults; and the snapshots among it of this one. */
  readonly queue: Queue;
  readonly queued: QueuedVault;
  readonly jobs: JobList;
  readonly tell: (event: EngineEvent) => void;
  readonly log: (level: LogLevel, text: string) => void;
}
