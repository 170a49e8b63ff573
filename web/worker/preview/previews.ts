/**
 * Files that are shown without being restored. Whoever shows one asks for small ranges and stops asking when it has
 * seen enough. The chunks read last are kept for a while, so that going back and forth in a video fetches none twice.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { PreviewInfo } from '../../bridge/history-api.ts';
import type { ServiceContext } from '../service-context.ts';
import { ChunkFetcher } from '../vault/chunk-fetcher.ts';
import { FolderReader } from '../vault/folder-reader.ts';
import { OpenFile } from './open-file.ts';

/** Files whose places are kept; the one that was used longest ago goes for another. */
const MOST_OPEN = 8;

/** So long after the last range was asked for all is forgotten. */
const KEPT_MS = 60_000;

type Path = readonly string[];

export class Previews {
  readonly #context: ServiceContext;
  readonly #folders: FolderReader;
  readonly #open = new Map<string, Promise<OpenFile>>();
  #chunks: ChunkFetcher | undefined;
  #waiting = new AbortController();

  constructor(context: ServiceContext) {
    this.#context = context;
    const { link, vault, ports } = context;
    const options = { cache: ports.folderCache, isPatient: false };
    this.#folders = new FolderReader(new ChunkFetcher(link, vault.session.keyrings, ports.zstd, options));
  }

  /** Throws `snapshot-missing`, `entry-missing`, `offline` and what reading folders throws. */
  async open(snapshotId: SnapshotId, path: Path): Promise<PreviewInfo> {
    const { file } = await this.#file(snapshotId, path);
    return { sizeBytes: file.sizeBytes, modifiedAtMs: file.modifiedAtMs };
  }

  /**
   * Verified bytes from `startByte` to before `endByte`, or to the file's end. Waits for the server. Throws
   * `malformed` for what is no range, `too-large`, and as `open`.
   */
  async readRange(
    snapshotId: SnapshotId,
    path: Path,
    startByte: number,
    endByte: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { link, vault, ports } = this.#context;
    const file = await this.#file(snapshotId, path);
    this.#chunks ??= new ChunkFetcher(link, vault.session.keyrings, ports.zstd);
    return file.read(this.#chunks, startByte, endByte, vault.signal);
  }

  async #file(snapshotId: SnapshotId, path: Path): Promise<OpenFile> {
    this.#forgetLater();
    const key = [snapshotId, ...path].join('/');
    const opened = this.#open.get(key) ?? this.#find(snapshotId, path);
    this.#open.delete(key);
    this.#open.set(key, opened);
    opened.catch(() => this.#open.delete(key));
    for (const oldest of [...this.#open.keys()].slice(0, -MOST_OPEN)) this.#open.delete(oldest);
    return opened;
  }

  async #find(snapshotId: SnapshotId, path: Path): Promise<OpenFile> {
    const { mirror, signal } = this.#context.vault;
    const { root } = mirror.snapshot(snapshotId).description;
    const entry = await this.#folders.entryAt(root, path, signal);
    if (entry.kind !== 'file') throw new HoldfastError('entry-missing', { detail: 'not a file' });
    return new OpenFile(entry, await this.#folders.extents(entry, signal));
  }

  #forgetLater(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { ports, vault } = this.#context;
    ports.clock.sleep(KEPT_MS, AbortSignal.any([this.#waiting.signal, vault.signal])).then(
      () => {
        this.#open.clear();
        this.#chunks = undefined;
      },
      // Another range was asked for, or the vault was locked.
      () => undefined,
    );
  }
}
