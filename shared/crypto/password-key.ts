/** Apart from OPAQUE itself, whose library is loaded only in the threads that run it. */
import { deriveSealKey, importDerivationKey } from './primitives.ts';
import type { SealKey } from './primitives.ts';

/** The key that wraps the account key under a password, from what OPAQUE exports (FORMAT.md, Keys). */
export async function passwordWrappingKey(exportKey: Uint8Array<ArrayBuffer>): Promise<SealKey> {
  return deriveSealKey(await importDerivationKey(exportKey), 'holdfast/v1/password/account-key');
}
