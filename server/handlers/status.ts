/** `status`: how the server is, and what the vault holds. */
import { SERVER_VERSION } from '../version.ts';
import type { Handler } from './handler.ts';

export const status: Handler<'status'> = async (_message, { services, session }) => {
  const { storedBytes, chunks, snapshots } = await session.vault.totals();
  return {
    type: 'server-status',
    uptimeMs: Math.max(0, services.clock.nowMs() - services.startedAtMs), // the clock may be set back
    serverVersion: SERVER_VERSION,
    vaultStoredBytes: storedBytes,
    vaultChunks: chunks,
    vaultSnapshots: snapshots,
  };
};
