/**
 * What a copy of a data folder says of itself: `manifest.json`, written last, so that what it names is whole. Bytes
 * behind a file's length there, and files that it doesn't name, belong to a copy that was cut short.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { HoldfastError } from '../../shared/errors.ts';
import { writeWhole } from '../write-whole.ts';

const length = v.pipe(v.number(), v.integer(), v.minValue(0));
const manifestSchema = v.strictObject({
  format: v.literal('holdfast-server-copy-1'),
  /** When the copying began: what was acknowledged before is in it. */
  beganAt: v.string(),
  files: v.array(
    v.strictObject({ name: v.string(), bytes: length, sha256: v.pipe(v.string(), v.length(64)) }),
  ),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type CopiedFile = Manifest['files'][number];

const MANIFEST = 'manifest.json';

/** The manifest in `folder`; undefined where there is none. Throws `config-invalid` for one that can't be understood. */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return undefined;
  try {
    return v.parse(manifestSchema, JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new HoldfastError('config-invalid', {
      detail: `${path} is no manifest of a copy that this version understands.`,
      cause,
    });
  }
}

/** Replaces the manifest, durably. */
export function writeManifest(folder: string, manifest: Manifest): void {
  writeWhole(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`);
}
