/** `get-chunk`: the chunk's pieces, one message each; there is no other answer unless it fails. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Handler } from './handler.ts';

export const getChunk: Handler<'get-chunk'> = async (
  { chunkId },
  { services, connection, session, requestId },
) => {
  try {
    await connection.sender.send(session.vault, chunkId, requestId);
  } catch (error) {
    // From now on it counts as missing, of which the vault's clients must hear.
    if (error instanceof HoldfastError && error.code === 'storage-damaged')
      services.hub.noteChangeOf(session.vault.vaultId);
    throw error;
  }
  return undefined;
};
