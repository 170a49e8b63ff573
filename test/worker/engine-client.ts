/** Drives an engine as the page does, and waits for what a test waits for. */
import type { EngineEvent, JobProgress, PickedSource } from '../../web/bridge/engine-api.ts';
import type { JobId } from '../../shared/ids.ts';
import { Engine } from '../../web/worker/engine.ts';
import type { EnginePorts } from '../../web/worker/ports.ts';
import { waitFor } from '../helpers/wait.ts';
import { enginePorts } from './engine-ports.ts';

export interface EngineClient {
  readonly engine: Engine;
  readonly events: EngineEvent[];
  /** The job's end. */
  ended(jobId: JobId): Promise<JobProgress>;
}

const ENDED: readonly string[] = ['done', 'queued', 'failed', 'cancelled'];
/** Below that of a test file, and longer than any job here takes on a busy machine. */
const JOB_LIMIT_MS = 300_000;

/** An engine that is started against the server at `url` (http). */
export async function startEngine(url: string, overrides: Partial<EnginePorts> = {}): Promise<EngineClient> {
  const engine = new Engine(enginePorts(overrides));
  const events: EngineEvent[] = [];
  const waiting = new Map<JobId, (progress: JobProgress) => void>();
  await engine.start({ serverUrl: `${url.replace(/^http/, 'ws')}/ws`, deviceName: 'Test device' });
  await engine.subscribe((event) => {
    events.push(event);
    if (event.type === 'job' && ENDED.includes(event.job.phase)) waiting.get(event.job.jobId)?.(event.job);
  });
  return {
    engine,
    events,
    ended: async (jobId) => {
      const find = async () => (await engine.listJobs()).find((job) => job.jobId === jobId);
      return new Promise((resolve, reject) => {
        // What hangs says where, rather than have a whole file of tests end without a word.
        const timer = setTimeout(() => {
          void find().then((job) => {
            reject(new Error(`A job did not end: ${JSON.stringify([job, events.at(-1)])}`));
          });
        }, JOB_LIMIT_MS).unref();
        const end = (job: JobProgress): void => {
          clearTimeout(timer);
          resolve(job);
        };
        waiting.set(jobId, end);
        void find().then((job) => {
          if (job !== undefined && ENDED.includes(job.phase)) end(job);
        });
      });
    },
  };
}

/** Resolves once it is connected: a backup that begins before may go into the queue. */
export async function online({ events }: EngineClient): Promise<void> {
  await waitFor('the connection', () =>
    events.find((event) => event.type === 'connection' && event.connection.kind === 'online'),
  );
}

/** Makes an account with the answers that its own words give. Returns the words. */
export async function signUp(
  { engine }: EngineClient,
  account: { readonly inviteToken: string; readonly name: string; readonly password: string },
): Promise<readonly string[]> {
  const { recoveryWords, askPositions } = await engine.prepareAccount(account);
  const answers = askPositions.map((position) => ({ position, word: recoveryWords[position - 1] ?? '' }));
  await engine.createAccount({ answers, keepUnlocked: true });
  return recoveryWords;
}

/** A picked source of files in memory; folders are those named and those that files lie in. */
export function picked(
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  folders: readonly string[] = [],
  modifiedAtMs = 1_700_000_000_123,
): PickedSource {
  return {
    kind: 'files',
    files: Object.entries(files).map(([path, content]) => {
      const parts = path.split('/');
      return { path: parts, file: new File([content], parts.at(-1) ?? '', { lastModified: modifiedAtMs }) };
    }),
    folders: folders.map((path) => path.split('/')),
  };
}
