/** `credit`: the client is ready to receive so many bytes more. It has no answer. */
import type { Handler } from './handler.ts';

export const credit: Handler<'credit'> = ({ bytes }, { connection }) => {
  connection.outlet.grant(bytes);
  return undefined;
};
