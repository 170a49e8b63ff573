/**
 * Restores as one zip, streamed. A file that turns out damaged halfway is left out of the zip's directory, so
 * that no program unpacks a part of it, and a report inside the zip names it.
 */
import { utf8 } from '../../../shared/bytes.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import type { PlannedFile } from './batches.ts';
import type { DownloadPort } from './download-port.ts';
import type { FileSink, Placement, RestoreSink } from './sink.ts';
import { numberedName } from './target-folder.ts';
import { ZipWriter } from './zip/zip-writer.ts';

const REPORT_NAME = 'holdfast-restore-report.txt';
/** A zip has 16 bits for a name's length. */
const MAX_NAME_BYTES = 0xffff;

type Bytes = Uint8Array<ArrayBuffer>;
interface Named {
  readonly name: Bytes;
  readonly isFolder: false;
  readonly modifiedAtMs: number;
}

export class ZipSink implements RestoreSink {
  readonly filesAtOnce = 1;
  readonly #port: DownloadPort;
  readonly #zip: ZipWriter;
  readonly #startedAtMs: number;
  /** Written last: they are found while a file is being written. */
  readonly #folders: Bytes[] = [];
  #reportName = REPORT_NAME;

  private constructor(port: DownloadPort, zip: ZipWriter, startedAtMs: number) {
    this.#port = port;
    this.#zip = zip;
    this.#startedAtMs = startedAtMs;
  }

  /** `startedAtMs` is the time of folders, of which none is known. */
  static async open(port: DownloadPort, startedAtMs: number): Promise<ZipSink> {
    return new ZipSink(port, await ZipWriter.open(port), startedAtMs);
  }

  async folder(path: readonly string[]): Promise<void> {
    this.#folders.push(zipName(`${path.join('/')}/`));
    return Promise.resolve();
  }

  async place({ path, file, extents }: PlannedFile): Promise<Placement> {
    const name = path.join('/');
    if (name === REPORT_NAME) this.#reportName = numberedName(REPORT_NAME, 1);
    const named: Named = { name: zipName(name), isFolder: false, modifiedAtMs: file.modifiedAtMs };
    const open = async (): Promise<FileSink> =>
      extents.length <= 1 ? this.#smallFile(named) : this.#largeFile(named, file.sizeBytes);
    return Promise.resolve({ kind: 'write', how: 'new', open });
  }

  async finish(problems: readonly string[]): Promise<void> {
    const modifiedAtMs = this.#startedAtMs;
    for (const name of this.#folders) await this.#zip.add({ name, isFolder: true, modifiedAtMs }, []);
    if (problems.length > 0) {
      const text = utf8(`These files could not be restored:\n\n${problems.join('\n')}\n`);
      await this.#zip.add({ name: utf8(this.#reportName), isFolder: false, modifiedAtMs }, [text]);
    }
    await this.#zip.finish();
    await this.#port.end();
  }

  async abort(error: Error): Promise<void> {
    this.#port.abort(error.message);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * A file of one chunk, which is in memory as long as it is open. Written when all of it is there: its header can
   * tell size and checksum then, which some programs need.
   */
  #smallFile(named: Named): FileSink {
    const parts: Bytes[] = [];
    return {
      write: async (bytes) => {
        parts.push(bytes);
        return Promise.resolve();
      },
      finish: async () => this.#zip.add(named, parts),
      abort: async () => Promise.resolve(),
    };
  }

  async #largeFile(named: Named, sizeBytes: number): Promise<FileSink> {
    const entry = await this.#zip.begin(named, sizeBytes);
    return {
      write: async (bytes) => entry.write(bytes),
      finish: async () => entry.end(),
      abort: async () => entry.discard(),
    };
  }
}

function zipName(path: string): Bytes {
  const name = utf8(path);
  if (name.length > MAX_NAME_BYTES) throw new HoldfastError('name-too-long');
  return name;
}
