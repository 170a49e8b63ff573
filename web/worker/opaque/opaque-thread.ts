/**
 * One OPAQUE exchange in a thread of its own, which ends with it: the 128 MiB that stretch a password, and what is left
 * of the password in them, go with the thread, and the engine goes on answering its server meanwhile.
 */
import { startExchange } from '../../../shared/crypto/opaque.ts';
import type { Exchange } from '../../../shared/crypto/opaque.ts';
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import type { OpaqueReport, RequestToOpaque } from './protocol.ts';

type Report = (report: OpaqueReport) => void;

export class OpaqueThread {
  readonly #report: Report;
  #exchange: Exchange | undefined;

  constructor(report: Report) {
    this.#report = report;
  }

  async handle(request: RequestToOpaque): Promise<void> {
    try {
      this.#report(await this.#answer(request));
    } catch (error) {
      const { code, detail } = toHoldfastError(error);
      this.#report({ type: 'failed', code, ...(detail !== undefined && { detail }) });
    }
  }

  async #answer(request: RequestToOpaque): Promise<OpaqueReport> {
    if (request.type === 'start') {
      this.#exchange = await startExchange(request.kind, request.password);
      return { type: 'started', request: this.#exchange.request };
    }
    if (this.#exchange === undefined)
      throw new HoldfastError('internal', { detail: 'no exchange to finish' });
    return { type: 'finished', ...this.#exchange.finish(request.response) };
  }
}
