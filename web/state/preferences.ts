/**
 * What this browser remembers about how its person likes the app: nothing secret, so localStorage.
 * A browser that refuses localStorage forgets between visits; nothing else depends on it.
 */
import type { BackupMode } from '../bridge/sources-api.ts';
import { RATE_UNITS, type RateUnit } from './network-draft.ts';
import { Value, type Observable } from './observable.ts';

export type ThemeChoice = 'system' | 'dark' | 'light';

export interface Preferences {
  readonly theme: ThemeChoice;
  readonly accountName: string;
  readonly keepUnlocked: boolean;
  readonly chartShown: boolean;
  readonly shortcutsOn: boolean;
  readonly conflict: 'skip' | 'keep-both' | 'replace';
  readonly persistenceAsked: boolean;
  /** For sources that are new: rules of what to leave out, one a line, and whether to compress. */
  readonly backupRulesText: string;
  readonly backupCompress: boolean;
  /** How what is chosen or dropped here is backed up. */
  readonly backupMode: BackupMode;
  /** Whether long lines of a text are folded in the preview. */
  readonly previewWraps: boolean;
  /** In which speeds are written. */
  readonly rateUnit: RateUnit;
}

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  accountName: '',
  keepUnlocked: true,
  chartShown: true,
  shortcutsOn: true,
  conflict: 'keep-both',
  persistenceAsked: false,
  backupRulesText: '',
  backupCompress: true,
  backupMode: 'incremental',
  previewWraps: true,
  rateUnit: 'MB/s',
};

/** The part of Storage that is needed. */
export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
}

const STORAGE_KEY = 'holdfast-preferences';

export class PreferencesStore {
  readonly #storage: TextStorage | undefined;
  readonly #value: Value<Preferences>;

  /** `storage` is undefined where the browser forbids it. */
  constructor(storage: TextStorage | undefined) {
    this.#storage = storage;
    this.#value = new Value(readPreferences(storage?.getItem(STORAGE_KEY) ?? null));
  }

  get preferences(): Observable<Preferences> {
    return this.#value;
  }

  get value(): Preferences {
    return this.#value.value;
  }

  /** Changes some of them and remembers all. */
  change(changes: Partial<Preferences>): void {
    this.#value.set({ ...this.#value.value, ...changes });
    this.#storage?.setItem(STORAGE_KEY, JSON.stringify(this.#value.value));
  }
}

function readPreferences(text: string | null): Preferences {
  if (text === null) return DEFAULT_PREFERENCES;
  try {
    return mergePreferences(JSON.parse(text));
  } catch {
    // Written by something else: the defaults do.
    return DEFAULT_PREFERENCES;
  }
}

function mergePreferences(stored: unknown): Preferences {
  if (typeof stored !== 'object' || stored === null) return DEFAULT_PREFERENCES;
  const known = Object.entries(stored).filter(([key, value]) => isPreference(key, value));
  return { ...DEFAULT_PREFERENCES, ...(Object.fromEntries(known) as Partial<Preferences>) };
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  theme: ['system', 'dark', 'light'],
  conflict: ['skip', 'keep-both', 'replace'],
  backupMode: ['incremental', 'differential', 'full'],
  rateUnit: RATE_UNITS,
};

function isPreference(key: string, value: unknown): boolean {
  const choices = CHOICES[key];
  if (choices !== undefined) return choices.includes(value);
  return (
    Object.hasOwn(DEFAULT_PREFERENCES, key) &&
    typeof value === typeof DEFAULT_PREFERENCES[key as keyof Preferences]
  );
}
