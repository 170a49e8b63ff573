/**
 * How a source is backed up and kept (FORMAT.md, Source settings): travels sealed in the description of its
 * snapshots, so that other devices find it there.
 */
import { Reader, Writer } from '../bytes.ts';
import type { Bytes } from '../crypto/primitives.ts';
import { HoldfastError } from '../errors.ts';
import { MAX_SETTINGS_BYTES } from '../limits.ts';
import { bool, list, oneOf, optional, struct, text, u16, u32, u64, u8 } from '../wire/codec.ts';
import type { FieldValue } from '../wire/codec.ts';

const VERSION = 1;
const MINUTES_OF_DAY = 24 * 60;

type Schedule =
  | { readonly kind: 'manual' | 'hourly' | 'on-change' }
  | { readonly kind: 'daily'; readonly minuteOfDay: number };

const retention = struct({
  last: optional(u32),
  hourly: optional(u32),
  daily: optional(u32),
  weekly: optional(u32),
  monthly: optional(u32),
  yearly: optional(u32),
  withinMs: optional(u64),
});

/** What a source's settings say. */
export interface StoredSettings {
  readonly rules: readonly string[];
  readonly compress: boolean;
  readonly fixedSize: boolean;
  readonly schedule: Schedule;
  readonly retention: { readonly [K in keyof FieldValue<typeof retention>]?: number };
}

const settingsFields = struct({
  version: u8,
  rules: list(text(1_024), 1_000),
  compress: bool,
  fixedSize: bool,
  scheduleKind: oneOf(['manual', 'hourly', 'daily', 'on-change'] as const),
  /** 0 unless the schedule is daily. */
  minuteOfDay: u16,
  retention,
});

/** The settings' bytes. Throws `too-large` where rules are longer than a snapshot can carry. */
export function encodeSettings({ schedule, retention: kept, ...others }: StoredSettings): Bytes {
  const writer = new Writer();
  settingsFields.write(writer, {
    version: VERSION,
    ...others,
    scheduleKind: schedule.kind,
    minuteOfDay: schedule.kind === 'daily' ? schedule.minuteOfDay : 0,
    retention: { ...NOTHING_KEPT, ...kept },
  });
  if (writer.length > MAX_SETTINGS_BYTES) throw new HoldfastError('too-large', { detail: 'source settings' });
  return writer.done();
}

const NOTHING_KEPT = {
  last: undefined,
  hourly: undefined,
  daily: undefined,
  weekly: undefined,
  monthly: undefined,
  yearly: undefined,
  withinMs: undefined,
};

/** The settings in `bytes`. Throws `malformed`, `format-unsupported`. */
export function decodeSettings(bytes: Uint8Array): StoredSettings {
  const version = new Reader(bytes).u8();
  if (version !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'source settings' });
  const reader = new Reader(bytes);
  const fields = settingsFields.read(reader);
  reader.end();
  const { rules, compress, fixedSize } = fields;
  const kept = Object.entries(fields.retention).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { rules, compress, fixedSize, schedule: scheduleOf(fields), retention: Object.fromEntries(kept) };
}

function scheduleOf({ scheduleKind, minuteOfDay }: FieldValue<typeof settingsFields>): Schedule {
  const isDaily = scheduleKind === 'daily';
  if (minuteOfDay >= (isDaily ? MINUTES_OF_DAY : 1))
    throw new HoldfastError('malformed', { detail: 'minute of the day' });
  return isDaily ? { kind: scheduleKind, minuteOfDay } : { kind: scheduleKind };
}
