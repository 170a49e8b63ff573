/**
 * Restores as one zip, streamed. Nothing is compressed (most files are already); times are kept exactly in
 * the NTFS field. A file that turns out damaged halfway is left out of the zip's directory, so that no
 * program unpacks a part of it, and a report inside the zip names it.
 */
import { ZipWriter } from '@zip.js/zip.js';
import type { EntryMetaData } from '@zip.js/zip.js';
import { utf8 } from '../../../shared/bytes.ts';
import type { DownloadPort } from './download-port.ts';
import type { FileInfo, FileSink, RestoreSink } from './sink.ts';

const REPORT_NAME = 'holdfast-restore-report.txt';
const ENTRY_OPTIONS = { level: 0, useWebWorkers: false, ntfsTimestamp: true } as const;

export class ZipSink implements RestoreSink {
  readonly filesAtOnce = 1;
  readonly #port: DownloadPort;
  readonly #zip: ZipWriter<unknown>;

  constructor(port: DownloadPort) {
    this.#port = port;
    const target = new WritableStream<Uint8Array<ArrayBuffer>>({ write: async (bytes) => port.send(bytes) });
    this.#zip = new ZipWriter(target);
  }

  async folder(path: readonly string[]): Promise<void> {
    await this.#zip.add(`${path.join('/')}/`, undefined, { ...ENTRY_OPTIONS, directory: true });
  }

  async file({ path, modifiedAtMs }: FileInfo): Promise<FileSink> {
    const content = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    const options = { ...ENTRY_OPTIONS, lastModDate: new Date(modifiedAtMs) };
    const added = this.#zip.add(path.join('/'), content.readable, options);
    const writer = content.writable.getWriter();
    const ended = async (): Promise<EntryMetaData> => {
      await Promise.race([writer.close(), added]);
      return added;
    };
    // A failure of the target also reaches whoever writes next; it must not be unhandled until then.
    added.catch(() => undefined);
    return Promise.resolve({
      write: async (bytes) => {
        // The target may fail while nobody reads the content any more.
        await Promise.race([writer.write(bytes), added]);
      },
      finish: async () => {
        await ended();
      },
      abort: async () => {
        this.#zip.remove(await ended());
      },
    });
  }

  async finish(problems: readonly string[]): Promise<void> {
    if (problems.length > 0) {
      const text = utf8(`These files could not be restored:\n\n${problems.join('\n')}\n`);
      await this.#zip.add(REPORT_NAME, new Blob([text]).stream(), ENTRY_OPTIONS);
    }
    await this.#zip.close();
    this.#port.end();
  }

  async abort(error: Error): Promise<void> {
    this.#port.abort(error.message);
    return Promise.resolve();
  }
}
