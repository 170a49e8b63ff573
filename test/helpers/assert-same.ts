/** Comparing trees of thousands of files with a message that a person can read. */
import assert from 'node:assert/strict';

const SHOWN = 10;

/** Fails if two maps differ, and names the first few of the keys whose values do. */
export function assertSameEntries<T>(actual: ReadonlyMap<string, T>, expected: ReadonlyMap<string, T>): void {
  const keys = new Set([...expected.keys(), ...actual.keys()]);
  const show = (value: T | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  const differences = [...keys]
    .map((key) => ({ key, is: show(actual.get(key)), wanted: show(expected.get(key)) }))
    .filter(({ is, wanted }) => is !== wanted)
    .map(({ key, is, wanted }) => `${key} is ${is}, not ${wanted}`);
  const message = [`${differences.length} of ${keys.size} differ:`, ...differences.slice(0, SHOWN)].join(
    '\n',
  );
  assert.ok(differences.length === 0, message);
}
