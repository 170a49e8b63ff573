/** `register-start`: OPAQUE's first step for one credential of an account to be made. */
import type { Handler } from './handler.ts';

export const registerStart: Handler<'register-start'> = async (message, { services }) => ({
  type: 'register-response',
  response: await services.accounts.startRegistration(message),
});
