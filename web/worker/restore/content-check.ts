/**
 * Whether a file that is there already has the content that a restore would write, found out without fetching
 * any of it: by the keyed digest of a small file, by the ids of a larger one's chunks.
 */
import { contentDigester } from '../../../shared/crypto/content-digest.ts';
import type { Bytes } from '../../../shared/crypto/primitives.ts';
import type { VaultKeyring } from '../../../shared/crypto/vault-keys.ts';
import { chunkIdOf } from '../../../shared/format/chunk-id.ts';
import type { Extent } from '../../../shared/format/folder-node.ts';
import { CHUNK_MAX_BYTES, PIECE_BYTES } from '../../../shared/limits.ts';
import { fileParts } from '../reader/file-parts.ts';
import type { PlannedFile } from './batches.ts';

/** `false` also where it can't be told: content of an earlier key, or of a part of a chunk. */
export type ContentCheck = (present: Blob, planned: PlannedFile) => Promise<boolean>;

type CheckKeys = Pick<VaultKeyring, 'idKey' | 'digestKey'>;

/**
 * Checks under the keys of the vault's current epoch. Has to be held by something that lives: Chromium collects a
 * file's stream that only its own pending read can be reached from, and that read then never ends.
 */
export function contentCheck({ idKey, digestKey }: CheckKeys): ContentCheck {
  const digester = contentDigester(digestKey);
  const reading = new Set<ExactParts>();
  return async (present, { file, extents }) => {
    if (present.size !== file.sizeBytes) return false;
    if (file.sizeBytes === 0) return true;
    if (file.digest !== undefined)
      return (await digester)(new Uint8Array(await present.arrayBuffer())) === file.digest;
    if (extents.some(({ lengthBytes }) => lengthBytes > CHUNK_MAX_BYTES)) return false;
    const parts = new ExactParts(fileParts(present));
    reading.add(parts);
    try {
      return await hasChunks(parts, extents, async (pieces) => chunkIdOf(idKey, 'content', pieces));
    } finally {
      reading.delete(parts);
    }
  };
}

async function hasChunks(
  parts: ExactParts,
  extents: readonly Extent[],
  idOf: (pieces: readonly Bytes[]) => Promise<string>,
): Promise<boolean> {
  for (const { chunkId, lengthBytes } of extents) {
    const pieces: Bytes[] = [];
    for (let start = 0; start < lengthBytes; start += PIECE_BYTES)
      pieces.push(await parts.next(Math.min(PIECE_BYTES, lengthBytes - start)));
    if ((await idOf(pieces)) !== chunkId) return false;
  }
  return true;
}

/** Cuts a stream of parts of any length into parts of the lengths that are asked for. */
class ExactParts {
  readonly #parts: AsyncGenerator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(parts: AsyncGenerator<Uint8Array>) {
    this.#parts = parts;
  }

  /** A copy of the next bytes; fewer only where the stream ends. */
  async next(lengthBytes: number): Promise<Bytes> {
    const whole = new Uint8Array(lengthBytes);
    let filled = 0;
    while (filled < lengthBytes && (await this.#refill())) {
      const part = this.#left.subarray(0, lengthBytes - filled);
      whole.set(part, filled);
      filled += part.length;
      this.#left = this.#left.subarray(part.length);
    }
    return whole.subarray(0, filled);
  }

  async #refill(): Promise<boolean> {
    while (this.#left.length === 0) {
      const part = await this.#parts.next();
      if (part.done === true) return false;
      this.#left = part.value;
    }
    return true;
  }
}
