/** `get-changes`: the vault's change feed from a change on. */
import type { Handler } from './handler.ts';

export const getChanges: Handler<'get-changes'> = async ({ afterSeq }, { services, session }) => {
  const changes = await session.vault.changes(afterSeq);
  const marks = changes.marks.map((record) => ({
    ...record,
    eraseAtMs: record.mark === 'trashed' ? record.markedAtMs + services.trashGraceMs : 0,
  }));
  return { type: 'changes', ...changes, marks };
};
