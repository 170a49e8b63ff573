/** `part-size`: from now on the client wants larger messages cut. It has no answer. */
import type { Handler } from './handler.ts';

export const partSize: Handler<'part-size'> = ({ bytes }, { connection }) => {
  connection.outlet.cutTo(bytes);
  return undefined;
};
