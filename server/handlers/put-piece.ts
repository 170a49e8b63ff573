/** `put-piece`: one piece of a chunk. The answer follows the last piece, when the chunk is durable. */
import type { Answer, Handler, SessionRequest } from './handler.ts';

/** Not an async function: the piece is written from borrowed memory before this returns. */
export const putPiece: Handler<'put-piece'> = (message, request) => {
  const { connection, session, requestId, payloadBytes } = request;
  const stored = connection.receiver.receive(session.vault, { message, requestId, payloadBytes });
  return stored && answerTo(stored, request);
};

async function answerTo(
  stored: Promise<{ readonly existed: boolean }>,
  { services, connection }: SessionRequest,
): Promise<Answer> {
  const { existed } = await stored;
  if (!existed) services.hub.noteChange(connection);
  return { type: 'chunk-stored', existed };
}
