/** `sign-in-finish`: the client's proof; a session begins. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Handler } from './handler.ts';

export const signInFinish: Handler<'sign-in-finish'> = async (
  { finish, deviceId },
  { services, connection },
) => {
  const pending = connection.pendingSignIn;
  connection.pendingSignIn = undefined;
  const { account, kind } = services.signIn.finish(pending, finish);
  const credential = account.credentials.find((candidate) => candidate.kind === kind);
  if (credential === undefined) throw new HoldfastError('sign-in-failed');
  const { token, session } = await services.sessions.create(account, deviceId);
  connection.changeSession(session);
  return {
    type: 'signed-in',
    accountId: account.accountId,
    role: account.role,
    vault: account.vault,
    token,
    wrappedAccountKey: credential.wrappedAccountKey,
    ...services.sessions.timeouts,
  };
};
