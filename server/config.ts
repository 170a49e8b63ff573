/**
 * The configuration: one JSON file, overridden by one environment variable a key, checked before
 * anything else happens. What is wrong is said in one sentence that names it.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { HoldfastError } from '../shared/errors.ts';
import { LOG_LEVELS } from './log.ts';

const DEFAULT_FILE = 'holdfast.json';
const ENVIRONMENT_PREFIX = 'HOLDFAST_';
/** Names the file itself. */
const FILE_VARIABLE = 'HOLDFAST_CONFIG';

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const MEBIBYTE = 1024 * 1024;

const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
  );
const filledText = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));
const origin = v.pipe(
  filledText,
  v.check(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'must be origins, as https://backup.example.org',
  ),
);

/** Every key, its check and its default. */
const ENTRIES = {
  /** What to listen on. "localhost" is this machine alone; "0.0.0.0" is every network that it is on. */
  host: v.optional(filledText, 'localhost'),
  port: v.optional(wholeNumber(0, 65_535), 8787),
  /** Everything that is kept: one folder, one server. */
  dataDir: v.optional(filledText, './data'),
  /** The built web app. */
  webDir: v.optional(filledText, './dist/web'),
  logLevel: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
  /** PEM files; both or none. */
  tlsCertFile: v.optional(filledText),
  tlsKeyFile: v.optional(filledText),
  /** Origins of pages, besides this server's own, that may connect. */
  allowedOrigins: v.optional(v.array(origin, 'must be a list'), []),
  /** Whether a proxy in front tells the client's address in X-Forwarded-For. */
  trustProxy: v.optional(v.boolean('must be true or false'), false),
  maxConnections: v.optional(wholeNumber(1, 1_000_000), 1_000),
  maxConnectionsPerAddress: v.optional(wholeNumber(1, 1_000_000), 100),
  /** What may be held for clients in all, until they are answered and have taken it: above it each gets on one by one. */
  memoryBudgetBytes: v.optional(wholeNumber(MEBIBYTE, 65_536 * MEBIBYTE), 256 * MEBIBYTE),
  sessionIdleTimeoutSeconds: v.optional(wholeNumber(1, 3650 * DAY_SECONDS), 30 * DAY_SECONDS),
  sessionAbsoluteTimeoutSeconds: v.optional(wholeNumber(1, 3650 * DAY_SECONDS), 180 * DAY_SECONDS),
  /** How long a device that nobody is signed in on may still send what it sealed before, since it last did. */
  uploadSessionDays: v.optional(wholeNumber(1, 3650), 30),
  inviteLifetimeSeconds: v.optional(wholeNumber(1, 365 * DAY_SECONDS), 7 * DAY_SECONDS),
  /** Attempts that one name and one address may make in a window; they come back evenly over it. */
  signInAttemptsPerName: v.optional(wholeNumber(1, 1_000_000), 20),
  signInAttemptsPerAddress: v.optional(wholeNumber(1, 1_000_000), 60),
  signInWindowSeconds: v.optional(wholeNumber(1, DAY_SECONDS), 15 * MINUTE_SECONDS),
  /** A segment file that would grow beyond this is followed by a new one. */
  segmentSizeBytes: v.optional(wholeNumber(MEBIBYTE, 2048 * MEBIBYTE - 1), 256 * MEBIBYTE),
  /** How much each account may keep here, trash included; 0: as much as there is room for. */
  accountQuotaBytes: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), 0),
  /** How long a snapshot stays in the trash before it is erased. */
  trashGraceDays: v.optional(wholeNumber(0, 3650), 30),
  /** How long chunks stay that no snapshot needs, after they were last stored or asked for. */
  garbageGraceHours: v.optional(wholeNumber(1, 8_760), 48),
  /** How often what is due is erased and segments are compacted. */
  maintenanceIntervalMinutes: v.optional(wholeNumber(1, 10_080), 60),
  /** A segment is compacted when so much of it is dead; reading and writing for that are kept to a rate. */
  compactionDeadPercent: v.optional(wholeNumber(1, 100), 40),
  compactionBytesPerSecond: v.optional(wholeNumber(MEBIBYTE, 65_536 * MEBIBYTE), 32 * MEBIBYTE),
  /** How often everything is read and checked, and how fast. */
  scrubIntervalDays: v.optional(wholeNumber(1, 3650), 30),
  scrubBytesPerSecond: v.optional(wholeNumber(MEBIBYTE, 65_536 * MEBIBYTE), 32 * MEBIBYTE),
};

const configSchema = v.pipe(
  v.strictObject(ENTRIES),
  v.check(
    ({ tlsCertFile, tlsKeyFile }) => (tlsCertFile === undefined) === (tlsKeyFile === undefined),
    'tlsCertFile and tlsKeyFile go together: set both or none.',
  ),
);

export type Config = Readonly<v.InferOutput<typeof configSchema>>;
type Key = keyof typeof ENTRIES;

/** `HOLDFAST_DATA_DIR` for `dataDir`. */
export function environmentVariable(key: string): string {
  return ENVIRONMENT_PREFIX + key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * The configuration of `environment` and of the file that it names, or of
 * holdfast.json in the current folder if there is one. Throws `config-invalid`, whose detail is the
 * sentence to show.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const fileName = environment[FILE_VARIABLE];
  const fromFile = readConfigFile(fileName ?? DEFAULT_FILE, fileName !== undefined);
  const fromEnvironment = readEnvironment(environment);
  const result = v.safeParse(configSchema, { ...fromFile, ...fromEnvironment });
  if (!result.success) throw refusal(result.issues[0], Object.keys(fromEnvironment));
  checkReadable(result.output, ['tlsCertFile', 'tlsKeyFile']);
  return result.output;
}

function readConfigFile(name: string, required: boolean): object {
  const value = parseJson(name, readText(name, required ? undefined : '{}'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalid(`The configuration file ${name} must hold one JSON object.`);
}

/** `fallback` stands for a file that is absent. */
function readText(name: string, fallback: string | undefined): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (cause) {
    if (fallback !== undefined && isAbsent(cause)) return fallback;
    throw invalid(`The configuration file ${name} can't be read.`, cause);
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`The configuration file ${name} is not JSON.`, cause);
  }
}

function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Record<Key, unknown>> {
  const keyByVariable = new Map(
    (Object.keys(ENTRIES) as Key[]).map((key) => [environmentVariable(key), key] as const),
  );
  const values: Partial<Record<Key, unknown>> = {};
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || variable === FILE_VARIABLE || text === undefined)
      continue;
    const key = keyByVariable.get(variable);
    if (key === undefined) throw invalid(`The environment variable ${variable} is none of Holdfast's.`);
    values[key] = environmentValue(key, text);
  }
  return values;
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

/** Text as its key's type; what can't be one stays text, for the schema to refuse. */
function environmentValue(key: Key, text: string): unknown {
  if (key === 'allowedOrigins') return text.split(',').map((part) => part.trim());
  const { type } = ENTRIES[key].wrapped;
  if (type === 'boolean') return BOOLEANS.get(text) ?? text;
  return type === 'number' && /^\d+$/.test(text) ? Number(text) : text;
}

function refusal(issue: v.BaseIssue<unknown>, environmentKeys: readonly string[]): HoldfastError {
  const key = issue.path?.[0]?.key;
  if (typeof key !== 'string') return invalid(issue.message);
  if (!Object.hasOwn(ENTRIES, key)) return invalid(`The configuration key "${key}" is none of Holdfast's.`);
  const name = environmentKeys.includes(key) ? environmentVariable(key) : `"${key}"`;
  return invalid(`The configuration's ${name} ${issue.message}.`);
}

function checkReadable(config: Config, keys: readonly ('tlsCertFile' | 'tlsKeyFile')[]): void {
  for (const key of keys) {
    const path = config[key];
    if (path === undefined) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      throw invalid(`The configuration's "${key}" names ${path}, which can't be read.`, cause);
    }
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function invalid(sentence: string, cause?: unknown): HoldfastError {
  return new HoldfastError('config-invalid', { detail: sentence, cause });
}
