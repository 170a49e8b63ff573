/**
 * Mark statements (FORMAT.md, Mark statements): what a device of the account says about a snapshot. The server
 * keeps and passes them on, and can make none: a snapshot is gone for good reason only where such a statement
 * sent it to the trash. It names the snapshot's link and its predecessor's, so that the chain holds where the
 * snapshot itself is erased.
 *
 *   statement = version u8 = 1 || epoch u32 || revision u32 || mark u8 || link 32 || predecessor 32 || MAC 32
 */
import { Reader, Writer, concatBytes } from '../bytes.ts';
import { isMac, mac } from '../crypto/primitives.ts';
import type { Bytes } from '../crypto/primitives.ts';
import type { Keyrings, VaultKeyring } from '../crypto/vault-keys.ts';
import { HoldfastError } from '../errors.ts';
import { idBytes } from '../ids.ts';
import type { SnapshotId } from '../ids.ts';
import { fixedBytes, oneOf, struct, u32, u8 } from '../wire/codec.ts';
import type { FieldValue } from '../wire/codec.ts';

const VERSION = 1;
const MAC_BYTES = 32;

const statementFields = struct({
  version: u8,
  epoch: u32,
  /** One more than what the device knew before: of two statements about a snapshot the higher counts. */
  revision: u32,
  mark: oneOf(['kept', 'pinned', 'trashed'] as const),
  /** The snapshot's own link. */
  link: fixedBytes(32),
  /** What the snapshot names as its predecessor. */
  predecessor: fixedBytes(32),
});

export type MarkStatement = Omit<FieldValue<typeof statementFields>, 'version' | 'epoch'>;

/** The statement's bytes under the keyring's epoch. */
export async function makeMarkStatement(
  keyring: VaultKeyring,
  snapshotId: SnapshotId,
  statement: MarkStatement,
): Promise<Bytes> {
  const writer = new Writer();
  statementFields.write(writer, { version: VERSION, epoch: keyring.epoch, ...statement });
  const said = writer.done();
  return concatBytes(said, await mac(keyring.markKey, macInput(keyring, snapshotId, said)));
}

/** What `bytes` say of the snapshot. Throws `seal-broken`, `malformed`, `format-unsupported`. */
export async function openMarkStatement(
  keyrings: Keyrings,
  snapshotId: SnapshotId,
  bytes: Uint8Array,
): Promise<MarkStatement> {
  const said = bytes.slice(0, Math.max(0, bytes.length - MAC_BYTES));
  const reader = new Reader(said);
  const { version, epoch, revision, mark, link, predecessor } = statementFields.read(reader);
  reader.end();
  if (version !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'mark statement' });
  const keyring = keyrings.ofEpoch(epoch);
  const isSound = await isMac(keyring.markKey, macInput(keyring, snapshotId, said), bytes.slice(said.length));
  if (!isSound) throw new HoldfastError('seal-broken', { detail: 'mark statement' });
  return { revision, mark, link, predecessor };
}

function macInput(keyring: VaultKeyring, snapshotId: SnapshotId, said: Bytes): Bytes {
  return concatBytes(idBytes(keyring.vaultId), idBytes(snapshotId), said);
}
