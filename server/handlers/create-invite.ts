/** `create-invite`: an administrator lets someone make an account. */
import type { Handler } from './handler.ts';

export const createInvite: Handler<'create-invite'> = async (_message, { services }) => ({
  type: 'invite',
  ...(await services.invites.create()),
});
