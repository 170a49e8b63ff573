/** `sign-out`: the session's token is worth nothing from now on. */
import type { Handler } from './handler.ts';

export const signOut: Handler<'sign-out'> = async (_message, { services, connection, session }) => {
  connection.changeSession(undefined);
  await services.sessions.end(session);
  return { type: 'done' };
};
