/** `credential-start`: OPAQUE's first step of replacing one's own credential. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Handler } from './handler.ts';

export const credentialStart: Handler<'credential-start'> = async (
  { credential: kind, request },
  { services, connection, session },
) => {
  const account = await services.accountCatalog.findById(session.accountId);
  if (account === undefined) throw new HoldfastError('not-signed-in');
  const { foldedName } = account;
  const response = services.opaque.registrationResponse({ kind, foldedName }, request);
  connection.pendingCredential = kind;
  return { type: 'register-response', response };
};
