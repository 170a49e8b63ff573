/** A vault with a fixed key, for tests of formats. */
import { importDerivationKey } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring } from '../../shared/crypto/vault-keys.ts';
import type { VaultKeyring } from '../../shared/crypto/vault-keys.ts';
import type { VaultId } from '../../shared/ids.ts';
import { PIECE_BYTES } from '../../shared/limits.ts';

export const VAULT_ID = '5a'.repeat(16) as VaultId;

/** A keyring whose vault key is 32 times `keyByte`. */
export async function testKeyring(
  keyByte = 7,
  epoch = 1,
  vaultId: VaultId = VAULT_ID,
): Promise<VaultKeyring> {
  return deriveVaultKeyring(vaultId, epoch, await importDerivationKey(new Uint8Array(32).fill(keyByte)));
}

/** Content as the pieces that chunks are made of. */
export function piecesOf(content: Bytes): Bytes[] {
  const pieces: Bytes[] = [];
  for (let start = 0; start < content.length; start += PIECE_BYTES) {
    pieces.push(content.slice(start, start + PIECE_BYTES));
  }
  return pieces;
}
