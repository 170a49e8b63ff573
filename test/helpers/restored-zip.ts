/** What is in a downloaded zip, in the terms of file-tree.ts. */
import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { BlobReader, ZipReader } from '@zip.js/zip.js';
import type { FileFacts, TreeFacts } from './file-tree.ts';

/** Reads a zip file from disk; names are decoded strictly from the bytes that it holds. */
export async function readZip(file: string): Promise<TreeFacts> {
  return readZipBlob(await openAsBlob(file));
}

/** Reads a zip. Rejects where an entry's checksum is wrong or a name is not UTF-8. */
export async function readZipBlob(zip: Blob): Promise<TreeFacts> {
  const files = new Map<string, FileFacts>();
  const folders: string[] = [];
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const options = { useWebWorkers: false, checkSignature: true };
  for await (const entry of new ZipReader(new BlobReader(zip), options).getEntriesGenerator()) {
    const name = utf8.decode(entry.rawFilename);
    if (entry.directory) {
      folders.push(name.replace(/\/$/, ''));
      continue;
    }
    if (files.has(name)) throw new Error(`The zip holds ${name} twice.`);
    const hash = createHash('sha256');
    await entry.getData(
      new WritableStream<Uint8Array>({
        write: (part) => {
          hash.update(part);
        },
      }),
    );
    files.set(name, {
      sizeBytes: entry.uncompressedSize,
      modifiedAtMs: entry.lastModDate.getTime(),
      sha256: hash.digest('hex'),
    });
  }
  return { files, folders: folders.sort() };
}
