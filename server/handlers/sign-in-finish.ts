/** `sign-in-finish`: the client's proof; a session begins. */
import type { Handler } from './handler.ts';

export const signInFinish: Handler<'sign-in-finish'> = async (
  { finish, deviceId },
  { services, connection },
) => {
  const pending = connection.pendingSignIn;
  connection.pendingSignIn = undefined;
  const { account, credential } = await services.signIn.finish(pending, finish);
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
