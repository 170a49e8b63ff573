/** `status`: how the server is, and what the vault holds. */
import { SERVER_VERSION } from '../version.ts';
import type { Handler } from './handler.ts';

export const status: Handler<'status'> = async (_message, { services, session }) => {
  const totals = await session.vault.totals();
  return {
    type: 'server-status',
    uptimeMs: Math.max(0, services.clock.nowMs() - services.startedAtMs), // the clock may be set back
    serverVersion: SERVER_VERSION,
    vaultStoredBytes: totals.storedBytes,
    vaultChunks: totals.chunks,
    vaultSnapshots: totals.snapshots,
    trashedSnapshots: totals.trashed,
    garbageBytes: totals.garbageBytes,
    scrubbedAtMs: await services.maintenance.scrubbedAtMs(),
    damagedChunks: totals.damagedChunks,
    quotaBytes: services.quotaBytes,
  };
};
