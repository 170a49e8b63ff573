/** `get-damage`: what the scrub or a reader found damaged in the vault, and which snapshots need it. */
import type { Handler } from './handler.ts';

export const getDamage: Handler<'get-damage'> = async (_message, { services, session }) => {
  const scrubbedAtMs = await services.maintenance.scrubbedAtMs();
  return { type: 'damage', scrubbedAtMs, ...(await session.vault.damage()) };
};
