/**
 * What a handler is: a function from one message to its answer. It knows the store's interface and the
 * connection, never a socket. Byte fields of a message are borrowed: a handler that waits copies what
 * it needs first.
 */
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import type { CLIENT_MESSAGES } from '../../shared/wire/messages.ts';
import type { Whole } from '../../shared/wire/parts.ts';
import type { Accounts } from '../auth/accounts.ts';
import type { Invites } from '../auth/invites.ts';
import type { OpaqueServer } from '../auth/opaque-server.ts';
import type { Session, Sessions } from '../auth/sessions.ts';
import type { SignIn } from '../auth/sign-in.ts';
import type { Connection } from '../connection/connection.ts';
import type { Hub } from '../connection/hub.ts';
import type { MemoryBudget } from '../connection/memory-budget.ts';
import type { Maintenance } from '../jobs/maintenance.ts';
import type { Clock } from '../ports.ts';
import type { AccountCatalog } from '../store/ports.ts';

/** What handlers work with; one for the whole server. */
export interface Services {
  readonly accounts: Accounts;
  readonly accountCatalog: AccountCatalog;
  readonly clock: Clock;
  readonly hub: Hub;
  readonly invites: Invites;
  readonly maintenance: Maintenance;
  /** To be called when SQLite says that the index is not what it wrote. */
  readonly onIndexDamage: () => void;
  readonly opaque: OpaqueServer;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly memory: MemoryBudget;
  /** What each account may keep; 0: no limit. */
  readonly quotaBytes: number;
  readonly startedAtMs: number;
  /** How long a snapshot stays in the trash. */
  readonly trashGraceMs: number;
}

export interface Request {
  readonly services: Services;
  readonly connection: Connection;
  readonly requestId: number;
  /** Of the whole message: what credits count. */
  readonly payloadBytes: number;
}

/** A request of someone who has signed in. */
export interface SessionRequest extends Request {
  readonly session: Session;
}

/** Undefined: no answer, or none yet. */
export type Answer = ServerMessage | undefined;

/** Handlers get messages whole. */
export type WholeMessage = Whole<ClientMessage>;
export type ClientMessageType = WholeMessage['type'];
export type MessageOfType<T extends ClientMessageType> = Extract<ClientMessage, { readonly type: T }>;
type RequestFor<T extends ClientMessageType> = (typeof CLIENT_MESSAGES)[T]['access'] extends 'anyone'
  ? Request
  : SessionRequest;

/** Throws HoldfastError, which becomes the answer. */
export type Handler<T extends ClientMessageType> = (
  message: MessageOfType<T>,
  request: RequestFor<T>,
) => Answer | Promise<Answer>;

/** One for each message of the table: a missing one does not compile. */
export type Handlers = { readonly [T in ClientMessageType]: Handler<T> };
