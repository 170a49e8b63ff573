/** A source's settings as snapshots carry them. */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import { decodeSettings } from '../../../shared/format/source-settings.ts';
import type { SourceSettings } from '../../bridge/sources-api.ts';

/** Of a source that nobody has set: everything is backed up by hand, and kept. */
export const DEFAULT_SETTINGS: SourceSettings = {
  rules: [],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
  retention: {},
};

/** The settings in a snapshot's description; `undefined` if it has none that this version can read. */
export function settingsIn({ extension }: SnapshotDescription): SourceSettings | undefined {
  if (extension.length === 0) return undefined;
  try {
    return decodeSettings(extension);
  } catch (error) {
    if (toHoldfastError(error).code === 'internal') throw error;
    return undefined;
  }
}
