/**
 * The server as a value: puts its parts together, opens the port, and stops in order. Knows no
 * environment and no process; main.ts and tests hand in what it needs.
 */
import { Accounts } from './auth/accounts.ts';
import { AttemptLimiter } from './auth/attempt-limiter.ts';
import { Invites } from './auth/invites.ts';
import type { OpaqueServer } from './auth/opaque-server.ts';
import { Sessions } from './auth/sessions.ts';
import { SignIn } from './auth/sign-in.ts';
import type { Config } from './config.ts';
import type { BufferPool } from './connection/buffer-pool.ts';
import { createPieceBuffers } from './connection/chunk-sender.ts';
import { Connection } from './connection/connection.ts';
import { Hub } from './connection/hub.ts';
import { MemoryBudget } from './connection/memory-budget.ts';
import { CLOSE } from './connection/socket.ts';
import type { Socket } from './connection/socket.ts';
import { Dispatcher } from './handlers/dispatch.ts';
import type { Services } from './handlers/handler.ts';
import { HANDLERS } from './handlers/table.ts';
import { Maintenance } from './jobs/maintenance.ts';
import { startTidying } from './jobs/tidy.ts';
import type { Log } from './log.ts';
import type { Clock, RandomBytes } from './ports.ts';
import { loadStaticSite } from './site/static-site.ts';
import type { Store } from './store/ports.ts';
import { listen } from './transport/listen.ts';
import type { SocketEvents } from './transport/websocket.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How long stopping waits for what is on its way, before it cuts it off. */
const DRAIN_LIMIT_MS = 10_000;

export interface AppParts {
  readonly config: Config;
  /** The app closes it when it stops. */
  readonly store: Store;
  readonly opaque: OpaqueServer;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  /** The index turned out damaged: nothing works well until it is made anew. May be called often. */
  readonly onIndexDamage: () => void;
}

export interface App {
  readonly port: number;
  /** As a person types it. */
  readonly url: string;
  /** The link by which the first account is made; undefined once there is one. */
  readonly firstRunUrl: string | undefined;
  /** Takes no new work, finishes what was begun, closes everything. */
  stop(): Promise<void>;
}

/** Opens the port and serves until `stop`. Throws `config-invalid`, `storage-failed`. */
export async function createApp(parts: AppParts): Promise<App> {
  const { config, store, clock, log } = parts;
  const services = createServices(parts);
  const { hub, invites, sessions, maintenance } = services;
  const firstRunToken = (await store.accounts.count()) === 0 ? await invites.createFirstRun() : undefined;
  const dispatcher = new Dispatcher(HANDLERS, services, log);
  let ready = true;
  const listener = await listen({
    ...config,
    tls: tlsOf(config),
    site: loadStaticSite(config.webDir),
    isReady: () => ready,
    onOpen: connectionOpener(services, dispatcher, log),
  }).catch(async (error: unknown) => {
    await maintenance.stop();
    throw error;
  });
  const endTidying = startTidying({ sessions, invites, hub, clock, log });
  const url = urlOf(config, listener.port);
  return {
    port: listener.port,
    url,
    firstRunUrl: firstRunToken && `${url}/#/first-run/${firstRunToken}`,
    stop: async () => {
      ready = false;
      listener.stopAccepting();
      await within(DRAIN_LIMIT_MS, clock, dispatcher.drain());
      hub.closeAll(CLOSE.restarting, 'shutting-down');
      listener.close();
      await dispatcher.drain();
      await endTidying();
      await maintenance.stop();
      await store.close();
    },
  };
}

function createServices(parts: AppParts): Services {
  const { config, store, opaque, clock, random, onIndexDamage } = parts;
  const hub = new Hub(clock);
  const limiter = (maxAttempts: number) =>
    new AttemptLimiter({ maxAttempts, windowMs: config.signInWindowSeconds * SECOND_MS, clock });
  const invites = new Invites({
    catalog: store.invites,
    clock,
    random,
    lifetimeMs: config.inviteLifetimeSeconds * SECOND_MS,
  });
  return {
    accounts: new Accounts({ store, invites, opaque, clock }),
    accountCatalog: store.accounts,
    clock,
    hub,
    invites,
    maintenance: createMaintenance(parts, hub),
    onIndexDamage,
    opaque,
    sessions: new Sessions({
      store,
      clock,
      random,
      idleTimeoutMs: config.sessionIdleTimeoutSeconds * SECOND_MS,
      absoluteTimeoutMs: config.sessionAbsoluteTimeoutSeconds * SECOND_MS,
      uploadIdleTimeoutMs: config.uploadSessionDays * DAY_MS,
    }),
    signIn: new SignIn({
      accounts: store.accounts,
      opaque,
      perName: limiter(config.signInAttemptsPerName),
      perAddress: limiter(config.signInAttemptsPerAddress),
      clock,
    }),
    memory: new MemoryBudget(config.memoryBudgetBytes),
    quotaBytes: config.accountQuotaBytes,
    startedAtMs: clock.nowMs(),
    trashGraceMs: config.trashGraceDays * DAY_MS,
  };
}

function createMaintenance(parts: AppParts, hub: Hub): Maintenance {
  const { config, store } = parts;
  return new Maintenance({
    ...parts,
    upkeep: store.upkeep,
    intervalMs: config.maintenanceIntervalMinutes * MINUTE_MS,
    trashGraceMs: config.trashGraceDays * DAY_MS,
    garbageGraceMs: config.garbageGraceHours * HOUR_MS,
    minDeadShare: config.compactionDeadPercent / 100,
    compactionBytesPerSecond: config.compactionBytesPerSecond,
    scrubIntervalMs: config.scrubIntervalDays * DAY_MS,
    scrubBytesPerSecond: config.scrubBytesPerSecond,
    onVaultChanged: (vaultId) => {
      hub.noteChangeOf(vaultId);
    },
  });
}

function connectionOpener(services: Services, dispatcher: Dispatcher, log: Log) {
  const pieceBuffers: BufferPool = createPieceBuffers();
  let opened = 0;
  return (socket: Socket, address: string): SocketEvents => {
    const connection = new Connection({
      id: ++opened,
      address,
      socket,
      pieceBuffers,
      memory: services.memory,
    });
    services.hub.add(connection);
    log.debug({ connection: connection.id, connections: services.hub.size }, 'connection opened');
    return {
      message: (frame) => {
        dispatcher.receive(connection, frame);
      },
      drained: () => {
        connection.drained();
      },
      closed: () => {
        connection.closed();
        services.hub.remove(connection);
        log.debug({ connection: connection.id }, 'connection closed');
      },
    };
  };
}

function tlsOf({ tlsCertFile, tlsKeyFile }: Config) {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  return { certFile: tlsCertFile, keyFile: tlsKeyFile };
}

/** A server on every network is reached as localhost from its own machine. */
function urlOf(config: Config, port: number): string {
  const scheme = config.tlsCertFile === undefined ? 'http' : 'https';
  const anywhere = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(config.host);
  return `${scheme}://${anywhere ? 'localhost' : config.host}:${port}`;
}

/** Resolves with `work`, or after `limitMs` without it. */
async function within(limitMs: number, clock: Clock, work: Promise<void>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const callOff = clock.after(limitMs, resolve);
    work.then(resolve, reject).finally(callOff);
  });
}
