/** Restores one file as a download. */
import type { DownloadPort } from './download-port.ts';
import type { FileSink, RestoreSink } from './sink.ts';

/** A sink for exactly one file. */
export function singleFileSink(port: DownloadPort): RestoreSink {
  const file: FileSink = {
    write: async (bytes) => port.send(bytes),
    finish: async () => port.end(),
    abort: async () => {
      port.abort('The file is damaged.');
      return Promise.resolve();
    },
  };
  return {
    filesAtOnce: 1,
    folder: async () => Promise.resolve(),
    place: async () =>
      Promise.resolve({ kind: 'write', how: 'new', open: async () => Promise.resolve(file) }),
    finish: async () => Promise.resolve(),
    abort: async (error) => {
      port.abort(error.message);
      return Promise.resolve();
    },
    close: async () => Promise.resolve(),
  };
}
