/** The last lines of the log, for the log view. They live in this page alone. */
import type { LogLevel, LogLine } from '../bridge/engine-api.ts';
import { Value, type Observable } from './observable.ts';

const LINES_KEPT = 5_000;

/** A log line with a number that no other line of this visit has. */
export interface NumberedLine extends LogLine {
  readonly number: number;
}

export type LevelFilter = 'all' | LogLevel;

/** The lines of a level that hold `search` somewhere, in any case. */
export function filterLines(
  lines: readonly NumberedLine[],
  level: LevelFilter,
  search: string,
): readonly NumberedLine[] {
  const wanted = search.trim().toLowerCase();
  return lines.filter(
    (line) => (level === 'all' || line.level === level) && line.text.toLowerCase().includes(wanted),
  );
}

/** The log as text, a line each: time (UTC), level, words. */
export function formatLines(lines: readonly LogLine[]): string {
  return lines
    .map(({ atMs, level, text }) => `${new Date(atMs).toISOString()} ${level.padEnd(5)} ${text}\n`)
    .join('');
}

export class LogStore {
  readonly #lines = new Value<readonly NumberedLine[]>([]);
  #next = 1;

  get lines(): Observable<readonly NumberedLine[]> {
    return this.#lines;
  }

  add(line: LogLine): void {
    const numbered = { ...line, number: this.#next++ };
    this.#lines.update((lines) => [...lines.slice(1 - LINES_KEPT), numbered]);
  }

  clear(): void {
    this.#lines.set([]);
  }
}
