/** Assertions about coded errors. The code counts; words and details are for people. */
import assert from 'node:assert/strict';
import { HoldfastError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

/** For assert.throws and assert.rejects: fails, naming what came, unless it is this code. */
export function hasCode(...codes: readonly ErrorCode[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof HoldfastError, `not a coded error: ${String(error)}`);
    assert.ok(
      codes.includes(error.code),
      `${error.code} (${error.detail ?? ''}), wanted ${codes.join(' or ')}`,
    );
    return true;
  };
}

/** Fails unless `work` throws one of `codes`. */
export function assertThrowsCode(work: () => unknown, ...codes: readonly ErrorCode[]): void {
  assert.throws(work, hasCode(...codes));
}

/** Fails unless `work` rejects with one of `codes`. */
export async function assertRejectsCode(
  work: Promise<unknown>,
  ...codes: readonly ErrorCode[]
): Promise<void> {
  await assert.rejects(work, hasCode(...codes));
}

/** What `work` gives, or undefined if it throws a coded error. Any other error escapes: it is a defect. */
export function orCodedError<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
