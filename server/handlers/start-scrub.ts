/** `start-scrub`: an administrator has all that is kept checked now, in the background. */
import type { Handler } from './handler.ts';

export const startScrub: Handler<'start-scrub'> = async (_message, { services }) => {
  await services.maintenance.startScrub();
  return { type: 'done' };
};
