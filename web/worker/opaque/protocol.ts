/** Between the engine and an OPAQUE thread: `start`, then `finish`; each gets one report. */
import type { ExchangeKind, FinishedExchange } from '../../../shared/crypto/opaque.ts';
import type { ErrorCode } from '../../../shared/errors.ts';

export type RequestToOpaque =
  | { readonly type: 'start'; readonly kind: ExchangeKind; readonly password: string }
  /** The server's answer. */
  | { readonly type: 'finish'; readonly response: string };

export type OpaqueReport =
  /** What the server is to answer. */
  | { readonly type: 'started'; readonly request: string }
  | ({ readonly type: 'finished' } & FinishedExchange)
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly detail?: string };
