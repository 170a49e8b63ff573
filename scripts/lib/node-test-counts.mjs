/** A node:test reporter that prints nothing and reports the counts of the run's closing summary. */
import { reportCounts } from './counts.mjs';

/**
 * @param {AsyncIterable<{ type: string, data: { message?: string } }>} events
 * @returns {AsyncGenerator<string>}
 */
export default async function* countTests(events) {
  const summary = /** @type {Map<string, number>} */ (new Map());
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic') addSummaryLine(summary, data.message ?? '');
    yield '';
  }
  const count = (/** @type {string} */ name) => summary.get(name) ?? 0;
  await reportCounts({ passed: count('pass'), failed: count('fail') + count('cancelled') });
}

/**
 * Takes a line like `pass 12`, of which the run's summary consists; others are not for us.
 * @param {Map<string, number>} summary
 * @param {string} line
 */
function addSummaryLine(summary, line) {
  const [, name, number] = /^(\w+) (\d+)$/.exec(line) ?? [];
  if (name !== undefined) summary.set(name, Number(number));
}
