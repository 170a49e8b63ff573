/** `put-refs`: a page of the chunk ids that a snapshot needs; kept if all of them are durable. */
import type { Handler } from './handler.ts';

export const putRefs: Handler<'put-refs'> = async ({ pageId, chunkIds }, { session }) => {
  const missing = await session.vault.putRefs(pageId, chunkIds);
  return missing.length > 0 ? { type: 'refs-missing', chunkIds: missing } : { type: 'done' };
};
