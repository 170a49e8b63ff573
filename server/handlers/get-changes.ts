/** `get-changes`: the vault's change feed from a change on. */
import type { Handler } from './handler.ts';

export const getChanges: Handler<'get-changes'> = async ({ afterSeq }, { session }) => ({
  type: 'changes',
  ...(await session.vault.changes(afterSeq)),
});
