/** The peer: tus-js-client, plaintext. */
import { Upload } from 'tus-js-client';
import type { Figures } from '../tasks.ts';
import { openRandomFile } from './random-file.ts';

/** Uploads RANDOM_FILE in requests of `requestBytes`. Gives `ms`, from start to its success callback. */
export async function uploadWithTus(endpoint: string, requestBytes: number): Promise<Figures> {
  const file = await openRandomFile();
  const startedAtMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    new Upload(file, {
      endpoint,
      chunkSize: requestBytes,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onSuccess: () => {
        resolve();
      },
      onError: reject,
    }).start();
  });
  return { ms: performance.now() - startedAtMs };
}
