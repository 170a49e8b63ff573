/**
 * Network settings as a person types them, and what is wrong with that. A draft holds text: half a number is
 * no reason to lose the other half. Pure.
 */
import type { LimitPeriod, NetworkSettings, RateLimits } from '../bridge/network-api.ts';
import { formatMinute, parseMinute } from './minute-of-day.ts';

/** A byte or a bit per second, a million times. */
export type RateUnit = 'MB/s' | 'Mbit/s';

export const RATE_UNITS: readonly RateUnit[] = ['MB/s', 'Mbit/s'];

const BYTES_PER_UNIT: Readonly<Record<RateUnit, number>> = { 'MB/s': 1_000_000, 'Mbit/s': 125_000 };
/** The least that the engine takes (network-api.ts). */
const MIN_BYTES_PER_SECOND = 1_024;
const DIGITS = 6;

/** Limits as text; the empty text is no limit. */
export interface RateDraft {
  readonly upload: string;
  readonly download: string;
}

/** A period as text: times as a time input has them. */
export interface PeriodDraft {
  readonly weekdays: readonly number[];
  readonly from: string;
  readonly to: string;
  readonly rates: RateDraft;
}

export interface NetworkDraft {
  readonly rates: RateDraft;
  readonly periods: readonly PeriodDraft[];
  readonly pauseOnMetered: boolean;
}

/** A field of a draft, or of a period of it. */
export type RateField = 'upload' | 'download';
export type PeriodField = RateField | 'weekdays' | 'from' | 'to';

/** What is wrong with each field, in words. */
export type Wrongs<Field extends string> = Partial<Readonly<Record<Field, string>>>;

export interface CheckedDraft {
  readonly rates: Wrongs<RateField>;
  /** Of each period, in their order. */
  readonly periods: readonly Wrongs<PeriodField>[];
  /** Only if nothing is wrong. */
  readonly settings?: NetworkSettings;
}

/** A working day, without limits yet. */
export const NEW_PERIOD: PeriodDraft = {
  weekdays: [1, 2, 3, 4, 5],
  from: '09:00',
  to: '17:00',
  rates: { upload: '', download: '' },
};

/** The settings as text in `unit`. */
export function draftOf({ limits, periods, pauseOnMetered }: NetworkSettings, unit: RateUnit): NetworkDraft {
  return {
    rates: rateDraftOf(limits, unit),
    periods: periods.map(({ weekdays, fromMinute, toMinute, limits: own }) => ({
      weekdays,
      from: formatMinute(fromMinute),
      to: formatMinute(toMinute),
      rates: rateDraftOf(own, unit),
    })),
    pauseOnMetered,
  };
}

/** What a draft in `unit` says, and what is wrong with it. */
export function checkDraft(draft: NetworkDraft, unit: RateUnit): CheckedDraft {
  const rates = checkRates(draft.rates, unit);
  const periods = draft.periods.map((period) => checkPeriod(period, unit));
  const isRight = [rates, ...periods].every((wrongs) => Object.keys(wrongs).length === 0);
  return isRight ? { rates, periods, settings: settingsOf(draft, unit) } : { rates, periods };
}

function rateDraftOf(
  { uploadBytesPerSecond, downloadBytesPerSecond }: RateLimits,
  unit: RateUnit,
): RateDraft {
  return { upload: rateText(uploadBytesPerSecond, unit), download: rateText(downloadBytesPerSecond, unit) };
}

function rateText(bytesPerSecond: number | undefined, unit: RateUnit): string {
  if (bytesPerSecond === undefined) return '';
  return String(Number((bytesPerSecond / BYTES_PER_UNIT[unit]).toFixed(DIGITS)));
}

function checkRates({ upload, download }: RateDraft, unit: RateUnit): Wrongs<RateField> {
  return { ...wrong('upload', rateWrong(upload, unit)), ...wrong('download', rateWrong(download, unit)) };
}

function checkPeriod({ weekdays, from, to, rates }: PeriodDraft, unit: RateUnit): Wrongs<PeriodField> {
  return {
    ...checkRates(rates, unit),
    ...wrong('weekdays', weekdays.length === 0 ? 'Choose at least one day.' : undefined),
    ...wrong('from', timeWrong(from)),
    ...wrong('to', timeWrong(to)),
  };
}

function wrong<Field extends string>(field: Field, words: string | undefined): Wrongs<Field> {
  // A computed key widens to string: the object has exactly this one, or none.
  return (words === undefined ? {} : { [field]: words }) as Wrongs<Field>;
}

function timeWrong(text: string): string | undefined {
  return parseMinute(text) === undefined ? 'Write a time, like 22:30.' : undefined;
}

function rateWrong(text: string, unit: RateUnit): string | undefined {
  if (text.trim() === '') return undefined;
  const rate = parseRate(text, unit);
  if (rate === undefined) return 'Write a number, like 2.5, or nothing for no limit.';
  if (rate === 0) return 'With 0 nothing would ever arrive. Leave it empty for no limit.';
  return rate < MIN_BYTES_PER_SECOND ? `That is too slow: write at least 0.01 ${unit}.` : undefined;
}

/** In bytes per second; undefined if it is no number. A comma is a decimal point, too. */
function parseRate(text: string, unit: RateUnit): number | undefined {
  const plain = text.trim().replace(',', '.');
  return /^(?:\d+\.?\d*|\.\d+)$/.test(plain) ? Math.round(Number(plain) * BYTES_PER_UNIT[unit]) : undefined;
}

function settingsOf({ rates, periods, pauseOnMetered }: NetworkDraft, unit: RateUnit): NetworkSettings {
  return {
    limits: limitsOf(rates, unit),
    periods: periods.map((period) => periodOf(period, unit)),
    pauseOnMetered,
  };
}

function periodOf({ weekdays, from, to, rates }: PeriodDraft, unit: RateUnit): LimitPeriod {
  return {
    weekdays,
    fromMinute: parseMinute(from) ?? 0,
    toMinute: parseMinute(to) ?? 0,
    limits: limitsOf(rates, unit),
  };
}

function limitsOf({ upload, download }: RateDraft, unit: RateUnit): RateLimits {
  const [up, down] = [parseRate(upload, unit), parseRate(download, unit)];
  return {
    ...(up === undefined ? {} : { uploadBytesPerSecond: up }),
    ...(down === undefined ? {} : { downloadBytesPerSecond: down }),
  };
}
