/**
 * An unlocked vault: its keyrings and who is signed in. Made from stored or fresh keys; nothing here can
 * be turned back into key bytes.
 */
import type { AccountId, VaultId } from '../../../shared/ids.ts';
import { deriveVaultKeyring, keyringsOf } from '../../../shared/crypto/vault-keys.ts';
import type { Keyrings } from '../../../shared/crypto/vault-keys.ts';
import type { Role } from '../../../shared/wire/messages.ts';
import type { StoredSession } from '../ports.ts';

export interface VaultSession {
  readonly accountId: AccountId;
  readonly accountName: string;
  readonly role: Role;
  readonly vaultId: VaultId;
  readonly keyrings: Keyrings;
}

/** Derives the keyrings of every epoch that the device holds a key of. */
export async function unlock(stored: StoredSession): Promise<VaultSession> {
  const { accountId, accountName, role, vaultId } = stored;
  const keyrings = await Promise.all(
    stored.vaultKeys.map(async ({ epoch, key }) => deriveVaultKeyring(vaultId, epoch, key)),
  );
  return { accountId, accountName, role, vaultId, keyrings: keyringsOf(keyrings) };
}
