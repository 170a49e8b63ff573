/** The keys that a vault key (one an epoch) gives: one HKDF label a purpose (FORMAT.md, Keys). */
import { HoldfastError } from '../errors.ts';
import type { VaultId } from '../ids.ts';
import { KEY_BYTES, deriveBytes, deriveMacKey, deriveSubkey } from './primitives.ts';
import type { Bytes, DerivationKey, MacKey } from './primitives.ts';

/** Bytes of the chunker's secret table: 256 values of 32 bits. */
const GEAR_TABLE_BYTES = 1_024;

export interface VaultKeyring {
  readonly vaultId: VaultId;
  readonly epoch: number;
  /** Chunk ids: HMAC over the plaintext's digests. */
  readonly idKey: MacKey;
  /** File content: one derived key a chunk. */
  readonly contentKey: DerivationKey;
  /** Folders and snapshots: one derived key a chunk or snapshot. */
  readonly metadataKey: DerivationKey;
  /** Links between snapshots. */
  readonly chainKey: MacKey;
  /** What devices say of snapshots. */
  readonly markKey: MacKey;
  /** The chunker's table. Not a secret that anything rests on (THREAT-MODEL.md, Sizes). */
  readonly gearTable: Bytes;
  /** Digests of small files' content. Bytes, because WebCrypto has no BLAKE3. */
  readonly digestKey: Bytes;
}

/** The keyrings of a vault: new data takes the current epoch's, old data says which it needs. */
export interface Keyrings {
  readonly current: VaultKeyring;
  /** Throws `seal-broken` for an epoch that the vault doesn't have. */
  ofEpoch(epoch: number): VaultKeyring;
}

/** Keyrings of all epochs; the highest is the current one. Throws `malformed` if there is none. */
export function keyringsOf(all: readonly VaultKeyring[]): Keyrings {
  const byEpoch = new Map(all.map((keyring) => [keyring.epoch, keyring]));
  const current = byEpoch.get(Math.max(...byEpoch.keys()));
  if (current === undefined) throw new HoldfastError('malformed', { detail: 'vault without keys' });
  return {
    current,
    ofEpoch: (epoch) => {
      const keyring = byEpoch.get(epoch);
      if (keyring === undefined) throw new HoldfastError('seal-broken', { detail: `epoch ${String(epoch)}` });
      return keyring;
    },
  };
}

/** All keys of one epoch of a vault, from its vault key. */
export async function deriveVaultKeyring(
  vaultId: VaultId,
  epoch: number,
  vaultKey: DerivationKey,
): Promise<VaultKeyring> {
  const [idKey, contentKey, metadataKey, chainKey, markKey, gearTable, digestKey] = await Promise.all([
    deriveMacKey(vaultKey, 'holdfast/v1/chunk-id'),
    deriveSubkey(vaultKey, 'holdfast/v1/content'),
    deriveSubkey(vaultKey, 'holdfast/v1/metadata'),
    deriveMacKey(vaultKey, 'holdfast/v1/snapshot-chain'),
    deriveMacKey(vaultKey, 'holdfast/v1/snapshot-mark'),
    deriveBytes(vaultKey, 'holdfast/v1/gear-table', GEAR_TABLE_BYTES),
    deriveBytes(vaultKey, 'holdfast/v1/content-digest', KEY_BYTES),
  ]);
  return { vaultId, epoch, idKey, contentKey, metadataKey, chainKey, markKey, gearTable, digestKey };
}
