/** `get-chunk`: the chunk's pieces, one message each; there is no other answer unless it fails. */
import type { Handler } from './handler.ts';

export const getChunk: Handler<'get-chunk'> = async ({ chunkId }, { connection, session, requestId }) => {
  await connection.sender.send(session.vault, chunkId, requestId);
  return undefined;
};
