/**
 * Reads a snapshot back from the server and names every file and folder that can't be had as it was sent. Folders
 * are walked with this device's cache, and their chunks asked for all the same.
 */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { HoldfastError } from '../../../shared/errors.ts';
import type { Extent, FileEntry } from '../../../shared/format/folder-node.ts';
import { mapAhead } from '../history/map-ahead.ts';
import { walkTogether } from '../history/walk-together.ts';
import type { SharedRun, UnreadableRun } from '../history/walk-together.ts';
import type { Job } from '../jobs/job.ts';
import type { FolderReader } from '../vault/folder-reader.ts';
import { isDamage } from '../vault/is-damage.ts';
import type { ChunkChecker } from './chunk-checker.ts';
import { fileNeeds } from './needs.ts';
import type { Need } from './needs.ts';

/** Chunks looked at ahead of the one whose turn it is; most of them are known already. */
const NEEDS_AHEAD = 512;

export interface VerifyParts {
  readonly folders: FolderReader;
  readonly checker: ChunkChecker;
  /** Whether content counts as progress. */
  readonly countsBytes: boolean;
}

type Path = readonly string[];

/** One step of the check. */
interface Step {
  readonly path: Path;
  readonly need?: Need;
  /** What is wrong already. */
  readonly failure?: HoldfastError;
  readonly endsFile?: true;
}

/** Checks the tree below `root`. Throws what ends the check as a whole; what is damaged is in the job's problems. */
export async function verifyTree(parts: VerifyParts, root: readonly Extent[], job: Job): Promise<void> {
  const named = new Set<string>();
  job.enter('running');
  const checked = mapAhead(steps(parts, root, job), NEEDS_AHEAD, async (step) => outcome(parts, step));
  for await (const [step, failure] of checked) {
    job.at(step.path);
    if (failure !== undefined) nameOnce(job, named, step.path, failure);
    const bytes = parts.countsBytes ? contentBytes(step) : 0;
    job.add({ bytes, files: Number(step.endsFile === true) });
  }
}

function nameOnce(job: Job, named: Set<string>, path: Path, failure: HoldfastError): void {
  const key = path.join('/');
  if (!named.has(key)) job.problem(failure, path);
  named.add(key);
}

function contentBytes({ need }: Step): number {
  return need?.kind === 'content' ? need.extent.lengthBytes : 0;
}

async function outcome(
  { checker }: VerifyParts,
  { need, failure }: Step,
): Promise<HoldfastError | undefined> {
  return need === undefined ? failure : checker.check(need.kind, need.extent.chunkId);
}

async function* steps(parts: VerifyParts, root: readonly Extent[], job: Job): AsyncGenerator<Step> {
  const read = async (node: Extent): ReturnType<FolderReader['list']> =>
    parts.folders.list([node], job.signal);
  for await (const run of walkTogether(read, [root])) {
    await job.gate.pass(job.signal);
    yield folderStep(run);
    if (run.kind === 'unreadable') continue;
    for (const entry of run.entries) {
      if (entry.kind === 'file') yield* fileSteps(parts, entry, [...run.path, entry.name], job);
    }
  }
}

function folderStep(run: SharedRun | UnreadableRun): Step {
  if (run.kind === 'unreadable') return { path: run.path, failure: failureOf(run.error) };
  return { path: run.path, need: { kind: 'folders', extent: run.node } };
}

async function* fileSteps(
  { folders }: VerifyParts,
  file: FileEntry,
  path: Path,
  { gate, signal }: Job,
): AsyncGenerator<Step> {
  try {
    for await (const need of fileNeeds(folders, file, signal)) {
      await gate.pass(signal);
      yield { path, need };
    }
  } catch (error) {
    yield { path, failure: failureOf(error) };
  }
  yield { path, endsFile: true };
}

/** What is wrong with a folder or file. Throws what is wrong with the check instead. */
function failureOf(error: unknown): HoldfastError {
  if (!isDamage(error)) throw error;
  return toHoldfastError(error);
}
