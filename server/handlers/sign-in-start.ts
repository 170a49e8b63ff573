/** `sign-in-start`: OPAQUE's first step of signing in. */
import type { Handler } from './handler.ts';

export const signInStart: Handler<'sign-in-start'> = async (message, { services, connection }) => {
  connection.pendingSignIn = undefined;
  const { pending, response } = await services.signIn.start(message, connection.address);
  connection.pendingSignIn = pending;
  return { type: 'sign-in-challenge', response };
};
