/**
 * Turns whatever a call to the engine rejected with into an EngineProblem that a person can read.
 * Class instances don't survive structured clone, so the engine sends its problems as JSON in an
 * Error's message (engine-api.ts); this is the only place that knows it.
 */
import { ERRORS, HoldfastError, isErrorCode, type ErrorCode } from '../../shared/errors.ts';
import type { EngineProblem } from './engine-api.ts';

/** The problem of `code` in the table's words. */
export function problemFor(code: ErrorCode, detail?: string): EngineProblem {
  const { words, action } = ERRORS[code];
  return detail === undefined ? { code, words, action } : { code, words, action, detail };
}

/** The problem that `error` stands for; `internal` with a detail if it is none that we know. */
export function problemOf(error: unknown): EngineProblem {
  if (error instanceof HoldfastError) return problemOfHoldfastError(error);
  if (!(error instanceof Error)) return problemFor('internal', String(error));
  return parseProblem(error.message) ?? problemFor('internal', `${error.name}: ${error.message}`);
}

function problemOfHoldfastError(error: HoldfastError): EngineProblem {
  const problem = problemFor(error.code, error.detail);
  return error.retryAfterMs === undefined ? problem : { ...problem, retryAfterMs: error.retryAfterMs };
}

function parseProblem(text: string): EngineProblem | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : undefined;
  } catch {
    // Some other error's message that only looks like JSON: it has no problem in it.
    return undefined;
  }
}

function isProblem(value: unknown): value is EngineProblem {
  if (typeof value !== 'object' || value === null) return false;
  const { code, words, action } = value as Record<string, unknown>;
  return (
    typeof code === 'string' && isErrorCode(code) && typeof words === 'string' && typeof action === 'string'
  );
}
