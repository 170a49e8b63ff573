/** Errors as the page gets them: plain data, since class instances don't survive structured clone. */
import { HoldfastError, toHoldfastError } from '../../shared/errors.ts';
import type { EngineProblem } from '../bridge/engine-api.ts';

/** What `error` says to a person, about `path` if it concerns one. */
export function problemOf(error: unknown, path?: readonly string[]): EngineProblem {
  const { code, message, action, detail, retryAfterMs, missingBytes } = toHoldfastError(error);
  return {
    code,
    words: message,
    action,
    ...(detail === undefined ? {} : { detail }),
    ...(path === undefined ? {} : { path: path.join('/') }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(missingBytes === undefined ? {} : { missingBytes }),
  };
}

/** An Error that crosses to the page with its problem (engine-api.ts says how). */
export function crossingError(error: unknown): Error {
  return new Error(JSON.stringify(problemOf(error)), { cause: error });
}

/**
 * An object whose every method is the target's, once that is there, and rejects with errors that cross to
 * the page.
 */
export function crossing<T extends object>(target: Promise<T>): object {
  return new Proxy(
    {},
    {
      get:
        (_, name) =>
        async (...args: unknown[]): Promise<unknown> => {
          try {
            const object = await target;
            const method: unknown = Reflect.get(object, name, object);
            if (typeof method !== 'function') throw new HoldfastError('internal', { detail: String(name) });
            return await (Reflect.apply(method, object, args) as Promise<unknown>);
          } catch (error) {
            throw crossingError(error);
          }
        },
    },
  );
}
