/** `resume-session`: goes on with a session by its token. */
import type { Handler } from './handler.ts';

export const resumeSession: Handler<'resume-session'> = async ({ token }, { services, connection }) => {
  const { session, account } = await services.sessions.resume(token);
  connection.changeSession(session);
  return { type: 'session-resumed', accountId: account.accountId, role: account.role, vault: account.vault };
};
