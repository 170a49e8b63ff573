/** The part of the fake engine that every other builds on: what was asked, what fails, what is told. */
import { ERRORS, type ErrorCode } from '../../../shared/errors.ts';
import type { EngineApi, EngineEvent } from '../../../web/bridge/engine-api.ts';

/** Everything that was asked of the engine, newest last. */
export interface Call {
  readonly method: string;
  readonly argument: unknown;
}

export class FakeCalls {
  readonly calls: Call[] = [];
  /** What the next call of a method fails with. */
  readonly failures = new Map<string, ErrorCode>();
  protected listener: ((event: EngineEvent) => void) | undefined;

  /** Tells the page something, as the engine would. */
  emit(event: EngineEvent): void {
    this.listener?.(event);
  }

  /** The arguments of each call of a method. */
  callsOf(method: keyof EngineApi): readonly unknown[] {
    return this.calls.filter((call) => call.method === method).map(({ argument }) => argument);
  }

  protected answer<T>(method: keyof EngineApi, argument: unknown, make: () => T): Promise<T> {
    this.calls.push({ method, argument });
    const failure = this.failures.get(method);
    this.failures.delete(method);
    return Promise.resolve().then(() => {
      if (failure !== undefined) throw crossing(failure);
      return make();
    });
  }
}

/** An Error as it arrives from the worker. */
export function crossing(code: ErrorCode): Error {
  return new Error(JSON.stringify({ code, words: ERRORS[code].words, action: ERRORS[code].action }));
}
