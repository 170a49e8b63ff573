/**
 * Reads a file until it holds still, a few times. What never does is kept as it was read last, and marked: its
 * content may be from several moments, which is more than nothing of a log or a mailbox that is always written to.
 */
import { HoldfastError, toHoldfastError } from '../../../shared/errors.ts';
import { isBundled } from '../../../shared/format/folder-node.ts';
import type { ReadFacts, ReadFile, Reading } from './content-intake.ts';
import type { SourceFile } from './source-tree.ts';

const TRIES = 3;

export interface SteadyFile {
  readonly stored: Promise<ReadFile>;
  readonly modifiedAtMs: number;
  readonly changedWhileRead: boolean;
}

interface FileToRead {
  readonly source: SourceFile;
  /** Under way already. */
  readonly reading: Reading;
  readonly readAgain: () => Promise<Reading>;
  /** Small files that were last modified before are taken to hold still for the moment that reading them takes. */
  readonly busySinceMs: number;
}

/** What came of one try: content that was read whole, and why it isn't enough. */
interface Try {
  readonly whole?: Omit<SteadyFile, 'changedWhileRead'>;
  readonly failure?: HoldfastError;
}

/** Throws `source-changed`, `source-unreadable` if nothing could be read whole; whatever else reading throws. */
export async function readSteadily(file: FileToRead): Promise<SteadyFile> {
  let { whole, failure } = await tried(file, file.reading);
  for (let again = 1; failure !== undefined && again < TRIES; again++) {
    const next = await tried(file, await file.readAgain());
    whole = next.whole ?? whole;
    failure = next.failure;
  }
  if (whole === undefined) throw failure ?? new HoldfastError('internal');
  return { ...whole, changedWhileRead: failure !== undefined };
}

async function tried(file: FileToRead, { read, stored }: Reading): Promise<Try> {
  try {
    const facts = await read;
    const whole = { stored, modifiedAtMs: facts.modifiedAtMs };
    return (await hasChanged(file, facts))
      ? { whole, failure: new HoldfastError('source-changed') }
      : { whole };
  } catch (error) {
    const failure = toHoldfastError(error);
    if (failure.code !== 'source-changed' && failure.code !== 'source-unreadable') throw error;
    return { failure };
  }
}

async function hasChanged(
  { source, busySinceMs }: FileToRead,
  { sizeBytes, modifiedAtMs }: ReadFacts,
): Promise<boolean> {
  const isShort = sizeBytes === 0 || isBundled(sizeBytes);
  if (isShort && modifiedAtMs < busySinceMs) return false;
  try {
    const now = await source.open();
    return now.size !== sizeBytes || now.lastModified !== modifiedAtMs;
  } catch {
    // It was removed after it had been read whole.
    return false;
  }
}
