/** `commit-snapshot`: accepted only when everything that the snapshot needs is durable. */
import type { Handler } from './handler.ts';

export const commitSnapshot: Handler<'commit-snapshot'> = async (
  { snapshotId, sealed, refPages },
  { services, connection, session },
) => {
  const answer = await session.vault.commitSnapshot(snapshotId, sealed, refPages);
  if (answer.type === 'missing-pages') return { type: 'snapshot-missing-pages', refPages: answer.refPages };
  services.hub.noteChange(connection);
  return { type: 'snapshot-accepted', seq: answer.seq, receivedAtMs: answer.receivedAtMs };
};
