/**
 * The page's side of the engine worker: the only place that starts it and that knows Comlink. What
 * the page gets is a plain EngineApi; ports are transferred and listeners proxied here.
 */
import * as Comlink from 'comlink';
import type { EngineApi } from './engine-api.ts';
import type { HistoryApi } from './history-api.ts';
import type { NetworkApi } from './network-api.ts';
import type { OutboxApi } from './outbox-api.ts';
import type { SourcesApi } from './sources-api.ts';

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
    ...wrapMain(remote),
    ...wrapSources(remote),
    ...wrapHistory(remote),
    ...wrapNetwork(remote),
    ...wrapOutbox(remote),
  };
}

type Remote = Comlink.Remote<EngineApi>;

type MainApi = Omit<EngineApi, keyof SourcesApi | keyof HistoryApi | keyof NetworkApi | keyof OutboxApi>;

function wrapMain(remote: Remote): MainApi {
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
    cancelJob: (jobId, options) => remote.cancelJob(jobId, options),
    listJobs: () => remote.listJobs(),
    listSnapshots: () => remote.listSnapshots(),
    listFolder: (snapshotId, path) => remote.listFolder(snapshotId, path),
    measureSelection: (snapshotId, selection) => remote.measureSelection(snapshotId, selection),
    restore: (request) => {
      const { target } = request;
      return remote.restore(target.kind === 'stream' ? Comlink.transfer(request, [target.port]) : request);
    },
    acceptHistory: () => remote.acceptHistory(),
    serverStatus: () => remote.serverStatus(),
  };
}

function wrapSources(remote: Remote): SourcesApi {
  return {
    listSources: () => remote.listSources(),
    saveSource: (source) => remote.saveSource(source),
    forgetSource: (sourceId) => remote.forgetSource(sourceId),
    sourceHandle: (sourceId) => remote.sourceHandle(sourceId),
    backUpSource: (sourceId, mode) => remote.backUpSource(sourceId, mode),
    matchSource: (picked) => remote.matchSource(picked),
    countRules: (picked, rules, onCount) => remote.countRules(picked, rules, Comlink.proxy(onCount)),
  };
}

function wrapNetwork(remote: Remote): NetworkApi {
  return {
    networkSettings: () => remote.networkSettings(),
    setNetworkSettings: (settings) => remote.setNetworkSettings(settings),
  };
}

function wrapOutbox(remote: Remote): OutboxApi {
  return {
    outbox: () => remote.outbox(),
    pauseQueued: (target) => remote.pauseQueued(target),
    resumeQueued: (target) => remote.resumeQueued(target),
    retryQueued: (target) => remote.retryQueued(target),
    cancelQueued: (target) => remote.cancelQueued(target),
    moveQueued: (jobId, before) => remote.moveQueued(jobId, before),
    clearReceipts: () => remote.clearReceipts(),
    lock: () => remote.lock(),
  };
}

function wrapHistory(remote: Remote): HistoryApi {
  return {
    diffSnapshots: (before, after) => remote.diffSnapshots(before, after),
    fileVersions: (sourceId, path) => remote.fileVersions(sourceId, path),
    search: (text, limit) => remote.search(text, limit),
    previewRetention: (sourceId, policy) => remote.previewRetention(sourceId, policy),
    applyRetention: (sourceId) => remote.applyRetention(sourceId),
    markSnapshots: (snapshotIds, mark) => remote.markSnapshots(snapshotIds, mark),
    verify: (snapshotId, depth) => remote.verify(snapshotId, depth),
    listDamage: () => remote.listDamage(),
    startScrub: () => remote.startScrub(),
    openPreview: (snapshotId, path) => remote.openPreview(snapshotId, path),
    readRange: (snapshotId, path, startByte, endByte) =>
      remote.readRange(snapshotId, path, startByte, endByte),
  };
}
