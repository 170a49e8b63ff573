/**
 * Snapshots (FORMAT.md, Snapshots): one sealed description each.
 *
 *   sealed = version u8 = 1 || epoch u32 || salt 32 || AES-256-GCM(body || zeros to a multiple of 256)
 *
 * The key is derived with the salt and seals this one message; the associated data binds vault, epoch and
 * snapshot id. `link` is the MAC of the sealed bytes: the next snapshot of the source names it.
 */
import { Reader, Writer, concatBytes, toHex } from '../bytes.ts';
import { NONCE_BYTES, deriveSealKey, mac, open, seal } from '../crypto/primitives.ts';
import type { Bytes } from '../crypto/primitives.ts';
import type { Keyrings, VaultKeyring } from '../crypto/vault-keys.ts';
import { HoldfastError } from '../errors.ts';
import { idBytes } from '../ids.ts';
import type { ChunkId, DeviceId, SnapshotId, SourceId } from '../ids.ts';
import { MAX_REFS_IN_PAGE, MAX_SETTINGS_BYTES } from '../limits.ts';
import {
  bool,
  bytes,
  fixedBytes,
  hashIdField,
  list,
  oneOf,
  randomIdField,
  struct,
  text,
  timeMs,
  u32,
  u64,
} from '../wire/codec.ts';
import type { FieldValue } from '../wire/codec.ts';

const VERSION = 1;
const SALT_BYTES = 32;
const PAD_TO_BYTES = 256;
const SEAL_LABEL = 'holdfast/v1/snapshot';
const LINK_BYTES = 32;

/** What the first snapshot of a source names as its predecessor's link. */
export const NO_PREDECESSOR: Uint8Array<ArrayBuffer> = new Uint8Array(LINK_BYTES);

const description = struct({
  sourceId: randomIdField<SourceId>(),
  sourceName: text(1_024),
  deviceId: randomIdField<DeviceId>(),
  deviceName: text(256),
  takenAtMs: timeMs,
  /** `link` of the source's snapshot before this one. */
  predecessor: fixedBytes(LINK_BYTES),
  mode: oneOf(['incremental', 'full', 'differential'] as const),
  partial: bool,
  filesTotal: u64,
  foldersTotal: u64,
  bytesTotal: u64,
  problemsTotal: u64,
  /** The root folder's nodes. */
  root: list(struct({ chunkId: hashIdField<ChunkId>(), offset: u32, lengthBytes: u32 }), MAX_REFS_IN_PAGE),
  /** The source's settings (FORMAT.md, Source settings), or nothing. */
  extension: bytes(MAX_SETTINGS_BYTES),
});

export type SnapshotDescription = FieldValue<typeof description>;

/** The sealed bytes of a snapshot. */
export async function sealSnapshot(
  keyring: VaultKeyring,
  id: SnapshotId,
  snapshot: SnapshotDescription,
  random: (bytes: Bytes) => Bytes,
): Promise<Bytes> {
  const salt = random(new Uint8Array(SALT_BYTES));
  const key = await deriveSealKey(keyring.metadataKey, SEAL_LABEL, salt);
  const body = new Writer();
  body.u32(0);
  description.write(body, snapshot);
  const bodyBytes = body.length;
  new DataView(body.done().buffer).setUint32(0, bodyBytes - 4, true);
  body.bytes(new Uint8Array(Math.ceil(bodyBytes / PAD_TO_BYTES) * PAD_TO_BYTES - bodyBytes));
  const header = new Writer();
  header.u8(VERSION);
  header.u32(keyring.epoch);
  header.bytes(salt);
  const nonce = new Uint8Array(NONCE_BYTES);
  return concatBytes(header.done(), await seal(key, nonce, snapshotAssociatedData(keyring, id), body.done()));
}

/** The description in `sealed`. Throws `seal-broken`, `malformed`, `format-unsupported`. */
export async function openSnapshot(
  keyrings: Keyrings,
  id: SnapshotId,
  sealed: Uint8Array,
): Promise<SnapshotDescription> {
  const reader = new Reader(sealed);
  const version = reader.u8();
  if (version !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'snapshot' });
  const keyring = keyrings.ofEpoch(reader.u32());
  const key = await deriveSealKey(keyring.metadataKey, SEAL_LABEL, new Uint8Array(reader.bytes(SALT_BYTES)));
  const nonce = new Uint8Array(NONCE_BYTES);
  const body = new Reader(
    await open(key, nonce, snapshotAssociatedData(keyring, id), new Uint8Array(reader.rest())),
  );
  const contentBytes = body.u32();
  const content = new Reader(body.bytes(contentBytes));
  const snapshot = description.read(content);
  content.end();
  checkPadding(body.rest(), 4 + contentBytes);
  return { ...snapshot, predecessor: snapshot.predecessor.slice(), extension: snapshot.extension.slice() };
}

/** What the next snapshot of the source names as its predecessor. */
export async function snapshotLink(keyrings: Keyrings, id: SnapshotId, sealed: Uint8Array): Promise<Bytes> {
  const reader = new Reader(sealed);
  reader.u8();
  const keyring = keyrings.ofEpoch(reader.u32());
  return mac(keyring.chainKey, concatBytes(idBytes(id), sealed));
}

/** A link as a map key. */
export function linkKey(link: Uint8Array): string {
  return toHex(link);
}

/** Throws `malformed` unless `padding` is as many zeros as `paddedBytes` need. */
function checkPadding(padding: Uint8Array, paddedBytes: number): void {
  const wantedBytes = Math.ceil(paddedBytes / PAD_TO_BYTES) * PAD_TO_BYTES - paddedBytes;
  if (padding.length !== wantedBytes || padding.some((byte) => byte !== 0)) {
    throw new HoldfastError('malformed', { detail: 'snapshot padding' });
  }
}

function snapshotAssociatedData(keyring: VaultKeyring, id: SnapshotId): Bytes {
  const writer = new Writer();
  writer.u8(VERSION);
  writer.bytes(idBytes(keyring.vaultId));
  writer.u32(keyring.epoch);
  writer.bytes(idBytes(id));
  return writer.done();
}
