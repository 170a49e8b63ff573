/** `create-account`: keeps a new account and its vault; the client signs in afterwards. */
import type { Handler } from './handler.ts';

export const createAccount: Handler<'create-account'> = async (message, { services }) => {
  await services.accounts.create(message);
  return { type: 'done' };
};
