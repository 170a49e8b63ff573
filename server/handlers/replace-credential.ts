/** `replace-credential`: a new password or recovery key; the account's other sessions end. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Handler } from './handler.ts';

export const replaceCredential: Handler<'replace-credential'> = async (
  { kind, record, wrappedAccountKey },
  { services, connection, session },
) => {
  if (connection.pendingCredential !== kind) {
    throw new HoldfastError('not-allowed', { detail: 'credential-start for this credential comes first' });
  }
  connection.pendingCredential = undefined;
  await services.accounts.replaceCredential(session.accountId, { kind, record, wrappedAccountKey });
  await services.sessions.endOthers(session);
  services.hub.endOthers(connection);
  return { type: 'done' };
};
