/** Once a minute: writes down which sessions are in use, and forgets what has expired. */
import type { Invites } from '../auth/invites.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { Hub } from '../connection/hub.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../ports.ts';

const INTERVAL_MS = 60_000;

export interface TidyOptions {
  readonly sessions: Sessions;
  readonly invites: Invites;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
}

/** Begins; the returned function ends it and does it a last time. */
export function startTidying(options: TidyOptions): () => Promise<void> {
  const { clock, log } = options;
  let callOff: () => void;
  const again = () => {
    callOff = clock.after(INTERVAL_MS, () => {
      tidy(options).then(again, (error: unknown) => {
        log.error({ err: error }, 'tidying failed');
        again();
      });
    });
  };
  again();
  return async () => {
    callOff();
    // What it would write down is a courtesy: stopping goes on without it.
    await tidy(options).catch((error: unknown) => {
      log.error({ err: error }, 'tidying failed');
    });
  };
}

async function tidy({ sessions, invites, hub, log }: TidyOptions): Promise<void> {
  const expiredSessions = await sessions.tidy(hub.liveSessions());
  const expiredInvites = await invites.removeExpired();
  if (expiredSessions + expiredInvites > 0) log.info({ expiredSessions, expiredInvites }, 'tidied');
}
