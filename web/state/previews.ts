/**
 * Opens a file of a snapshot to look at: the engine decrypts and checks it, this hands out text or an address
 * for the page's own elements. What is behind an address can only be drawn or played: it gets a type of ours
 * (preview-kinds.ts), and the content security policy runs nothing from it.
 */
import type { EngineApi } from '../bridge/engine-api.ts';
import type { PreviewAddresses } from '../bridge/preview-addresses.ts';
import type { SnapshotId } from '../../shared/ids.ts';
import { decodeText, previewTypeOf, previewTypeOfBytes, type PreviewType } from './preview-kinds.ts';

type Path = readonly string[];
type MediaKind = 'image' | 'audio' | 'video';

export type Preview =
  | { readonly kind: 'text'; readonly text: string; readonly encoding: string; readonly isCut: boolean }
  | { readonly kind: MediaKind; readonly url: string; readonly close: () => void }
  | { readonly kind: 'none'; readonly why: 'type' | 'size' | 'empty' | 'pdf' | 'browser' };

export interface PreviewRequest {
  readonly snapshotId: SnapshotId;
  readonly path: Path;
  /** Hears how many of the file's bytes are here. */
  readonly onBytes: (done: number, total: number) => void;
  /** Hears why bytes could not be read after the preview was opened. */
  readonly onFailed: (error: unknown) => void;
  /** The person looks at something else. */
  readonly signal: AbortSignal;
}

/** Addresses of what is in memory. */
export interface UrlMaker {
  create(blob: Blob): string;
  revoke(url: string): void;
}

type PreviewEngine = Pick<EngineApi, 'openPreview' | 'readRange'>;

const SNIFFED_BYTES = 4_096;
const TEXT_SHOWN_BYTES = 1024 * 1024;
const PART_BYTES = 4 * 1024 * 1024;
/** A drawing or a picture that is held in memory as a whole. */
const BLOB_MAX_BYTES = 128 * 1024 * 1024;

const SVG = 'image/svg+xml';

export class Previews {
  readonly #engine: PreviewEngine;
  readonly #addresses: PreviewAddresses;
  readonly #urls: UrlMaker;

  constructor(engine: PreviewEngine, addresses: PreviewAddresses, urls: UrlMaker) {
    this.#engine = engine;
    this.#addresses = addresses;
    this.#urls = urls;
  }

  /** Rejects as the engine does, and with an AbortError once `signal` says so. Close what it resolves to. */
  async open(request: PreviewRequest): Promise<Preview> {
    const { sizeBytes } = await this.#engine.openPreview(request.snapshotId, request.path);
    request.signal.throwIfAborted();
    if (sizeBytes === 0) return { kind: 'none', why: 'empty' };
    const type = previewTypeOf(request.path.at(-1) ?? '') ?? (await this.#sniff(request, sizeBytes));
    return this.#show(request, type, sizeBytes);
  }

  /** Gives back what `preview` holds. */
  close(preview: Preview): void {
    if ('close' in preview) preview.close();
  }

  async #sniff({ snapshotId, path }: PreviewRequest, sizeBytes: number): Promise<PreviewType> {
    const end = Math.min(SNIFFED_BYTES, sizeBytes);
    return previewTypeOfBytes(await this.#engine.readRange(snapshotId, path, 0, end));
  }

  #show(request: PreviewRequest, type: PreviewType, sizeBytes: number): Promise<Preview> | Preview {
    const { kind, contentType } = type;
    if (kind === 'text') return this.#text(request, sizeBytes);
    if (kind === 'none') return { kind, why: 'type' };
    if (kind === 'pdf') return { kind: 'none', why: kind };
    return this.#media(request, kind, contentType, sizeBytes);
  }

  #media(
    request: PreviewRequest,
    kind: MediaKind,
    contentType: string,
    sizeBytes: number,
  ): Promise<Preview> | Preview {
    // The service worker refuses drawings: as documents they could run scripts.
    if (this.#addresses.isAvailable && contentType !== SVG)
      return this.#stream(request, kind, contentType, sizeBytes);
    return kind === 'image' ? this.#blob(request, contentType, sizeBytes) : { kind: 'none', why: 'browser' };
  }

  async #text(request: PreviewRequest, sizeBytes: number): Promise<Preview> {
    const shown = Math.min(TEXT_SHOWN_BYTES, sizeBytes);
    const decoded = decodeText(await this.#engine.readRange(request.snapshotId, request.path, 0, shown));
    request.signal.throwIfAborted();
    if (decoded === undefined) return { kind: 'none', why: 'type' };
    return { kind: 'text', ...decoded, isCut: shown < sizeBytes };
  }

  /** An address that answers with the ranges that the element wants: a film starts at once. */
  #stream(request: PreviewRequest, kind: MediaKind, contentType: string, sizeBytes: number): Preview {
    const { snapshotId, path, onFailed } = request;
    const address = this.#addresses.open({ snapshotId, path, sizeBytes, contentType, onFailed });
    return {
      kind,
      url: address.url,
      close: () => {
        address.close();
      },
    };
  }

  /** A picture as a whole, in memory. */
  async #blob(request: PreviewRequest, type: string, sizeBytes: number): Promise<Preview> {
    if (sizeBytes > BLOB_MAX_BYTES) return { kind: 'none', why: 'size' };
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let start = 0; start < sizeBytes; start += PART_BYTES) {
      const end = Math.min(start + PART_BYTES, sizeBytes);
      parts.push(await this.#engine.readRange(request.snapshotId, request.path, start, end));
      request.signal.throwIfAborted();
      request.onBytes(end, sizeBytes);
    }
    const url = this.#urls.create(new Blob(parts, { type }));
    return {
      kind: 'image',
      url,
      close: () => {
        this.#urls.revoke(url);
      },
    };
  }
}
