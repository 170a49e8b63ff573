/**
 * Writes a zip to where bytes can only be appended. Nothing is compressed: most files are already, and the rest
 * was, where it is kept.
 */
import { createCRC32 } from 'hash-wasm';
import { centralHeader, descriptor, endOfDirectory, localHeader } from './zip-records.ts';
import type { ZipContent, ZipEntry } from './zip-records.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Named = Omit<ZipEntry, 'hasDescriptor'>;

export interface ZipTarget {
  send(bytes: Bytes): Promise<void>;
}

/** Entries are added one after another, never two at the same time. */
export class ZipWriter {
  readonly #target: ZipTarget;
  readonly #checksum: Checksum;
  /** The directory's entries so far. */
  readonly #directory: Bytes[] = [];
  #offset = 0;

  private constructor(target: ZipTarget, checksum: Checksum) {
    this.#target = target;
    this.#checksum = checksum;
  }

  static async open(target: ZipTarget): Promise<ZipWriter> {
    return new ZipWriter(target, new Checksum(await createCRC32()));
  }

  /** Adds an entry whose content is all there. */
  async add(named: Named, parts: readonly Bytes[]): Promise<void> {
    const entry = { ...named, hasDescriptor: false };
    const offset = this.#offset;
    this.#checksum.begin();
    for (const part of parts) this.#checksum.add(part);
    const content = this.#checksum.end();
    await this.#send(localHeader(entry, content.sizeBytes, content));
    for (const part of parts) await this.#send(part);
    this.#directory.push(centralHeader(entry, content, offset));
  }

  /** Begins an entry whose content comes in parts: `sizeBytes` in all, if nothing goes wrong. */
  async begin(named: Named, sizeBytes: number): Promise<OpenEntry> {
    const entry = { ...named, hasDescriptor: true };
    const offset = this.#offset;
    this.#checksum.begin();
    await this.#send(localHeader(entry, sizeBytes));
    const end = async (): Promise<ZipContent> => {
      const content = this.#checksum.end();
      await this.#send(descriptor(content, sizeBytes));
      return content;
    };
    return {
      write: async (part) => {
        this.#checksum.add(part);
        await this.#send(part);
      },
      end: async () => {
        this.#directory.push(centralHeader(entry, await end(), offset));
      },
      discard: async () => {
        await end();
      },
    };
  }

  /** Writes the directory. */
  async finish(): Promise<void> {
    const offset = this.#offset;
    for (const header of this.#directory) await this.#send(header);
    await this.#send(endOfDirectory(this.#directory.length, this.#offset - offset, offset));
  }

  async #send(bytes: Bytes): Promise<void> {
    this.#offset += bytes.length;
    await this.#target.send(bytes);
  }
}

export interface OpenEntry {
  write(part: Bytes): Promise<void>;
  end(): Promise<void>;
  /** Ends it without naming it in the directory: no program unpacks it. */
  discard(): Promise<void>;
}

/** Size and CRC-32 of what comes in parts. */
class Checksum {
  readonly #crc32: Awaited<ReturnType<typeof createCRC32>>;
  #sizeBytes = 0;

  constructor(crc32: Awaited<ReturnType<typeof createCRC32>>) {
    this.#crc32 = crc32;
  }

  begin(): void {
    this.#crc32.init();
    this.#sizeBytes = 0;
  }

  add(part: Bytes): void {
    this.#crc32.update(part);
    this.#sizeBytes += part.length;
  }

  end(): ZipContent {
    return { crc32: Number.parseInt(this.#crc32.digest('hex'), 16), sizeBytes: this.#sizeBytes };
  }
}
