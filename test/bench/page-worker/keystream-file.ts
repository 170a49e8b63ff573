/**
 * Writes RANDOM_FILE with a keystream (AES-128 in counter mode over zeros), which whoever knows the key can make
 * again, or changes one byte of it.
 */
import { fromHex } from '../../../shared/bytes.ts';
import { RANDOM_FILE } from '../tasks.ts';
import type { Figures, KeystreamRequest } from '../tasks.ts';
import { answerWith } from './answer.ts';

const STEP_BYTES = 256 * 1024;
const BLOCK_BYTES = 16;

answerWith(async (request: KeystreamRequest): Promise<Figures> => {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(RANDOM_FILE, { create: true });
  const access = await handle.createSyncAccessHandle();
  try {
    if (request.verb === 'change') change(access, request.offset);
    else await write(access, request.keyHex, request.sizeBytes);
    access.flush();
    return { sizeBytes: access.getSize() };
  } finally {
    access.close();
  }
});

async function write(access: FileSystemSyncAccessHandle, keyHex: string, sizeBytes: number): Promise<void> {
  const key = await crypto.subtle.importKey('raw', fromHex(keyHex), 'AES-CTR', false, ['encrypt']);
  const zeros = new Uint8Array(STEP_BYTES);
  access.truncate(0);
  for (let at = 0; at < sizeBytes; at += STEP_BYTES) {
    const counter = new Uint8Array(BLOCK_BYTES);
    new DataView(counter.buffer).setBigUint64(8, BigInt(at / BLOCK_BYTES));
    const plain = zeros.subarray(0, Math.min(STEP_BYTES, sizeBytes - at));
    const part = await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, key, plain);
    if (access.write(part, { at }) !== part.byteLength) throw new Error('OPFS took less than it was given.');
  }
}

function change(access: FileSystemSyncAccessHandle, offset: number): void {
  const byte = new Uint8Array(1);
  access.read(byte, { at: offset });
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  access.write(byte, { at: offset });
}
