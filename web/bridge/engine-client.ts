/**
 * The page's side of the engine worker: the only place that starts it and that knows Comlink. What
 * the page gets is a plain EngineApi; ports are transferred and listeners proxied here.
 */
import * as Comlink from 'comlink';
import type { EngineApi } from './engine-api.ts';

/** The engine and the worker that it runs in. */
export interface EngineClient {
  readonly engine: EngineApi;
  /** Ends the worker; every call that is under way never settles. */
  dispose(): void;
}

/** Starts the engine worker. `onCrash` hears of an error that nothing in the worker caught. */
export function startEngine(onCrash: (detail: string) => void): EngineClient {
  const worker = new Worker(new URL('../worker/index.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', (event) => {
    onCrash(event.message || 'the engine worker could not start');
  });
  return {
    engine: wrapEngine(worker),
    dispose: () => {
      worker.terminate();
    },
  };
}

/** An EngineApi that speaks through `endpoint` to an engine that was given to `Comlink.expose`. */
export function wrapEngine(endpoint: Comlink.Endpoint): EngineApi {
  const remote = Comlink.wrap<EngineApi>(endpoint);
  return {
    start: (options) => remote.start(options),
    subscribe: (listener) => remote.subscribe(Comlink.proxy(listener)),
    prepareAccount: (request) => remote.prepareAccount(request),
    createAccount: (request) => remote.createAccount(request),
    signIn: (request) => remote.signIn(request),
    recover: (request) => remote.recover(request),
    signOut: () => remote.signOut(),
    changePassword: (request) => remote.changePassword(request),
    prepareRecoveryKey: (request) => remote.prepareRecoveryKey(request),
    confirmRecoveryKey: (answers) => remote.confirmRecoveryKey(answers),
    createInvite: () => remote.createInvite(),
    backUp: (request) => remote.backUp(request),
    pauseJob: (jobId) => remote.pauseJob(jobId),
    resumeJob: (jobId) => remote.resumeJob(jobId),
    cancelJob: (jobId) => remote.cancelJob(jobId),
    listJobs: () => remote.listJobs(),
    listSnapshots: () => remote.listSnapshots(),
    listFolder: (snapshotId, path) => remote.listFolder(snapshotId, path),
    measureSelection: (snapshotId, selection) => remote.measureSelection(snapshotId, selection),
    restore: (request) => {
      const { target } = request;
      return remote.restore(target.kind === 'stream' ? Comlink.transfer(request, [target.port]) : request);
    },
    serverStatus: () => remote.serverStatus(),
  };
}
