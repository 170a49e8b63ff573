/** The file that keeps OPAQUE's setup: written once, whole or not at all, readable by its owner only. */
import { existsSync, readFileSync } from 'node:fs';
import { HoldfastError } from '../../shared/errors.ts';
import { writeWhole } from '../write-whole.ts';

export interface OpaqueSetupOptions {
  readonly path: string;
  /** Whether accounts exist, whose sign-in a new setup would break for good. */
  readonly needed: boolean;
}

/** The kept setup, else one of `make`, kept from now on. Throws `config-invalid`. */
export function loadOpaqueSetup({ path, needed }: OpaqueSetupOptions, make: () => string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  if (needed) {
    throw new HoldfastError('config-invalid', {
      detail: `The sign-in secret ${path} is missing, and nobody can sign in without it. Put it back from a copy.`,
    });
  }
  const setup = make();
  writeWhole(path, `${setup}\n`);
  return setup;
}
