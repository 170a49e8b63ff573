/** The engine's side of OPAQUE threads: an exchange that looks as if it were here. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { RunOpaque } from '../ports.ts';
import type { OpaqueReport, RequestToOpaque } from './protocol.ts';

export interface OpaqueThreadPort {
  postMessage(request: RequestToOpaque): void;
  /** Its memory goes, and nothing more is heard of it. */
  end(): void;
}

export type StartOpaqueThread = (onReport: (report: OpaqueReport) => void) => OpaqueThreadPort;

/** Runs each exchange in a thread of its own. */
export function remoteOpaque(startThread: StartOpaqueThread): RunOpaque {
  return async (kind, password, ask) => {
    let hear: (report: OpaqueReport) => void = () => undefined;
    const thread = startThread((report) => {
      hear(report);
    });
    const call = async (request: RequestToOpaque): Promise<OpaqueReport> =>
      new Promise((resolve) => {
        hear = resolve;
        thread.postMessage(request);
      });
    try {
      const { request } = reportOf(await call({ type: 'start', kind, password }), 'started');
      const response = await ask(request);
      return reportOf(await call({ type: 'finish', response }), 'finished');
    } finally {
      thread.end();
    }
  };
}

type ReportOf<T> = Extract<OpaqueReport, { readonly type: T }>;

/** Throws what the thread failed with. */
function reportOf<T extends OpaqueReport['type']>(report: OpaqueReport, type: T): ReportOf<T> {
  if (isOf(report, type)) return report;
  if (report.type !== 'failed')
    throw new HoldfastError('internal', { detail: `${report.type}, not ${type}` });
  const { code, detail } = report;
  throw new HoldfastError(code, detail === undefined ? {} : { detail });
}

function isOf<T>(report: OpaqueReport, type: T): report is ReportOf<T> {
  return report.type === type;
}
