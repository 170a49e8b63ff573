/** Plaintext pieces in, stored chunk out: id, known already?, seal, outbox. */
import { compressed, uncompressed } from '../../../shared/format/compression.ts';
import { chunkIdOf } from '../../../shared/format/chunk-id.ts';
import type { ChunkKind } from '../../../shared/format/chunk-id.ts';
import { sealChunk } from '../../../shared/format/sealed-chunk.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { VaultKeyring } from '../../../shared/crypto/vault-keys.ts';
import type { ChunkId } from '../../../shared/ids.ts';
import { Credit } from '../connection/credit.ts';
import type { EnginePorts } from '../ports.ts';
import type { KnownChunks } from '../outbox/backup-route.ts';
import type { ChunkOutbox } from './outbox.ts';

/** Two at once: one is hashed while the other is sealed. More would only hold more of the reader's buffers. */
const CHUNKS_AT_ONCE = 2;

interface SealingPorts extends Pick<EnginePorts, 'random' | 'folderCache' | 'zstd'> {
  readonly compress: boolean;
  /** The buffer that a chunk's first sealed piece is put into. */
  readonly allot: (lengthBytes: number) => Bytes;
  /** A chunk that the server doesn't have: its content, and what is left of it by compression. */
  readonly onNew: (contentBytes: number, storedBytes: number) => void;
}

export class ChunkWriter {
  readonly #keyring: VaultKeyring;
  readonly #known: KnownChunks;
  readonly #outbox: ChunkOutbox;
  readonly #ports: SealingPorts;
  readonly #underWay = new Set<ChunkId>();
  readonly #slots = new Credit();

  constructor(keyring: VaultKeyring, known: KnownChunks, outbox: ChunkOutbox, ports: SealingPorts) {
    this.#keyring = keyring;
    this.#known = known;
    this.#outbox = outbox;
    this.#ports = ports;
    this.#slots.grant(CHUNKS_AT_ONCE);
  }

  /**
   * The chunk's id, once it is known to the server or on its way there. `release` is called as soon as the
   * pieces' buffers are free again. Throws what the outbox failed with.
   */
  async store(kind: ChunkKind, pieces: readonly Bytes[], release: () => void): Promise<ChunkId> {
    await this.#slots.take(1);
    try {
      return await this.#store(kind, pieces, release);
    } finally {
      this.#slots.grant(1);
    }
  }

  async #store(kind: ChunkKind, pieces: readonly Bytes[], release: () => void): Promise<ChunkId> {
    let sealed: Bytes[] | undefined;
    let id: ChunkId;
    try {
      id = await chunkIdOf(this.#keyring.idKey, kind, pieces);
      if (!this.#known.has(id) && !this.#underWay.has(id)) {
        this.#underWay.add(id);
        const { compress, zstd, random, allot } = this.#ports;
        const stored = compress ? compressed(pieces, zstd) : uncompressed(pieces);
        this.#ports.onNew(stored.contentBytes, lengthOf(stored.pieces));
        sealed = await sealChunk(this.#keyring, kind, id, stored, random, allot);
      }
    } finally {
      release();
    }
    if (sealed === undefined) return id;
    // This device's next backup reads them again.
    if (kind === 'folders') await this.#ports.folderCache.put(id, sealed);
    await this.#outbox.add(id, sealed);
    return id;
  }
}

function lengthOf(pieces: readonly Bytes[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
