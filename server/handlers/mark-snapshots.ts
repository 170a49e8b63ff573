/** `mark-snapshots`: pins, trashes or brings back; durable before the answer, all or none. */
import type { Handler } from './handler.ts';

export const markSnapshots: Handler<'mark-snapshots'> = async (
  { mark, snapshots },
  { services, connection, session },
) => {
  await session.vault.markSnapshots(mark, snapshots);
  services.hub.noteChange(connection);
  return { type: 'done' };
};
