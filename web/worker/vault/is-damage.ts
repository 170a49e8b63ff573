/** Tells what is wrong with stored data itself from what only keeps it from being got at. */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';

const DAMAGE: readonly ErrorCode[] = [
  'chunk-missing',
  'storage-damaged',
  'seal-broken',
  'id-mismatch',
  'malformed',
  'path-unsafe',
  'format-unsupported',
];

/** Whether an error says that a chunk or node can't be had as it was stored, now and when asked again. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.includes(toHoldfastError(error).code);
}
