/**
 * Files that are shown without being restored, piece by piece. The chunks read last are kept, so that going back and
 * forth in a video asks for nothing twice.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { PreviewInfo } from '../../bridge/history-api.ts';
import type { ServiceContext } from '../service-context.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import { OpenFile } from './open-file.ts';

/** Files that are open at once; the one that was used longest ago is closed for another. */
const MOST_OPEN = 8;

type Path = readonly string[];

interface Preview {
  readonly opened: Promise<OpenFile>;
  readonly life: AbortController;
}

export class Previews {
  readonly #context: ServiceContext;
  readonly #folders: FolderReader;
  readonly #open = new Map<string, Preview>();
  #fetcher: ChunkFetcher | undefined;

  constructor(context: ServiceContext) {
    this.#context = context;
    const { link, vault, ports } = context;
    const options = { cache: ports.folderCache, isPatient: false };
    this.#folders = new FolderReader(new ChunkFetcher(link, vault.session.keyrings, ports.zstd, options));
  }

  /** Throws `snapshot-missing`, `entry-missing`, `offline` and what reading folders throws. */
  async open(snapshotId: SnapshotId, path: Path): Promise<PreviewInfo> {
    const { file } = await this.#preview(snapshotId, path).opened;
    return { sizeBytes: file.sizeBytes, modifiedAtMs: file.modifiedAtMs };
  }

  /**
   * Verified bytes from `startByte` to before `endByte`, or to the file's end. Throws `malformed`, `too-large`, and
   * `cancelled` once the file is closed.
   */
  async readRange(
    snapshotId: SnapshotId,
    path: Path,
    startByte: number,
    endByte: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { opened, life } = this.#preview(snapshotId, path);
    const file = await opened;
    return file.read(this.#chunks(), startByte, endByte, this.#signalOf(life));
  }

  /** Ends what is being read of a file. What was kept goes with the last one. */
  close(snapshotId: SnapshotId, path: Path): void {
    this.#close(keyOf(snapshotId, path));
  }

  #preview(snapshotId: SnapshotId, path: Path): Preview {
    const key = keyOf(snapshotId, path);
    const preview = this.#open.get(key) ?? this.#start(key, snapshotId, path);
    this.#open.delete(key);
    this.#open.set(key, preview);
    for (const oldest of [...this.#open.keys()].slice(0, -MOST_OPEN)) this.#close(oldest);
    return preview;
  }

  #start(key: string, snapshotId: SnapshotId, path: Path): Preview {
    const life = new AbortController();
    const preview = { opened: this.#find(snapshotId, path, this.#signalOf(life)), life };
    preview.opened.catch(() => {
      if (this.#open.get(key) === preview) this.#open.delete(key);
    });
    return preview;
  }

  async #find(snapshotId: SnapshotId, path: Path, signal: AbortSignal): Promise<OpenFile> {
    const { root } = this.#context.vault.mirror.snapshot(snapshotId).description;
    const entry = await this.#folders.entryAt(root, path, signal);
    if (entry.kind !== 'file') throw new HoldfastError('entry-missing', { detail: 'not a file' });
    return new OpenFile(entry, await this.#folders.extents(entry, signal));
  }

  #close(key: string): void {
    this.#open.get(key)?.life.abort(new HoldfastError('cancelled'));
    this.#open.delete(key);
    if (this.#open.size === 0) this.#fetcher = undefined;
  }

  #chunks(): ChunkFetcher {
    const { link, vault, ports } = this.#context;
    this.#fetcher ??= new ChunkFetcher(link, vault.session.keyrings, ports.zstd);
    return this.#fetcher;
  }

  #signalOf({ signal }: AbortController): AbortSignal {
    return AbortSignal.any([signal, this.#context.vault.signal]);
  }
}

function keyOf(snapshotId: SnapshotId, path: Path): string {
  return [snapshotId, ...path].join('/');
}
