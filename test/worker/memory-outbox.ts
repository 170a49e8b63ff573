/**
 * An outbox in memory, as a browser's private file system and database would keep it: it outlives the engine. Whoever
 * is given the same one is another tab, or the next start, of the same browser profile.
 */
import { concatBytes } from '../../shared/bytes.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { AppendFile, OutboxFiles, OutboxPorts, QueueRecord } from '../../web/worker/outbox/ports.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export class MemoryFiles implements OutboxFiles {
  readonly files = new Map<string, Bytes>();
  /** Called before each part is written; what it throws stays half-written. */
  beforeWrite: (name: string, part: Bytes) => void = () => undefined;

  sizeBytes(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async open(name: string): Promise<AppendFile> {
    const { files } = this;
    const write = (bytes: Bytes): void => void files.set(name, bytes);
    const content = (): Bytes => files.get(name) ?? new Uint8Array(0);
    write(content());
    return Promise.resolve({
      get sizeBytes() {
        return content().length;
      },
      append: async (parts) => {
        for (const part of parts) {
          this.beforeWrite(name, part);
          write(concatBytes(content(), part));
        }
        return Promise.resolve();
      },
      truncate: async (sizeBytes) => {
        write(content().slice(0, sizeBytes));
        return Promise.resolve();
      },
      close: () => undefined,
    });
  }

  async read(name: string, start: number, end: number): Promise<Bytes> {
    const file = this.files.get(name);
    if (file === undefined) throw new HoldfastError('chunk-missing');
    return Promise.resolve(file.slice(start, end));
  }

  async remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }

  async list(): Promise<readonly string[]> {
    return Promise.resolve([...this.files.keys()]);
  }
}

export interface MemoryOutbox extends OutboxPorts {
  readonly files: MemoryFiles;
}

export function memoryOutbox(overrides: Partial<Omit<OutboxPorts, 'files'>> = {}): MemoryOutbox {
  let record: QueueRecord = { entries: [], isPaused: false, receipts: [], access: [] };
  const listeners = new Set<() => void>();
  return {
    files: new MemoryFiles(),
    queue: {
      load: async () => Promise.resolve(record),
      change: async (apply) => {
        record = structuredClone(apply(record));
        return Promise.resolve(record);
      },
    },
    bell: {
      // A tab doesn't hear its own bell; whoever hears it twice looks twice.
      ring: () => undefined,
      onRing: (listener) => listeners.add(listener),
      close: () => undefined,
    },
    freeBytes: async () => Promise.resolve(undefined),
    sendsInBackground: false,
    ...overrides,
  };
}
