/** `resume-session`: goes on with a session by its token. */
import type { Handler } from './handler.ts';

export const resumeSession: Handler<'resume-session'> = async ({ token }, { services, connection }) => {
  const { session, account } = await services.sessions.resume(token);
  connection.changeSession(session);
  const { accountId, role, vault } = account;
  // What may only send needs no keys, and a stolen token of its kind must give none away.
  const keys = session.scope === 'full' ? vault.keys : [];
  return { type: 'session-resumed', accountId, role, vault: { vaultId: vault.vaultId, keys } };
};
