/** The bench's command line. */
import { parseArgs } from 'node:util';

export const CASES = [
  'raw',
  'tus',
  'restic',
  'upload',
  'restore',
  'memory',
  'micro',
  'small-files',
  'million',
  'tree',
  'releases',
  'shaped',
] as const;
export type CaseName = (typeof CASES)[number];

/** Run when none is named: what is compared with each other. */
const DEFAULT_CASES: readonly CaseName[] = ['raw', 'tus', 'restic', 'upload', 'restore'];

export interface BenchOptions {
  readonly cases: ReadonlySet<CaseName>;
  readonly runs: number;
  readonly sizeBytes: number;
  readonly json: boolean;
  readonly profile: boolean;
}

export const USAGE = `npm run bench -- [options]
  --only <case>    one of ${CASES.join(', ')}; may be repeated, or a list with commas
  --runs <n>       how often each case is run; the median is reported (3)
  --size-mib <n>   bytes that each case moves, in MiB (512)
  --json           one line of JSON a figure
  --profile        where an upload's time goes: threads, then functions`;

/** Throws a sentence that says what is wrong with them. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '3' },
      'size-mib': { type: 'string', default: '512' },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const named = values.only.flatMap((list) => list.split(',')).map(caseName);
  return {
    cases: new Set(named.length > 0 ? named : DEFAULT_CASES),
    runs: positive('--runs', values.runs),
    sizeBytes: positive('--size-mib', values['size-mib']) * 1024 * 1024,
    json: values.json,
    profile: values.profile,
  };
}

function caseName(text: string): CaseName {
  const found = CASES.find((name) => name === text);
  if (found === undefined) throw new Error(`There is no case "${text}".`);
  return found;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number above 0.`);
  return value;
}
