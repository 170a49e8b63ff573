/**
 * Which known source a picked folder is, by what lies in it: browsers don't tell where a folder is, and its name
 * alone says little. A sample of its upper entries is looked up in each source's newest snapshot.
 */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { Entry, Extent } from '../../../shared/format/folder-node.ts';
import type { PickedSource } from '../../bridge/engine-api.ts';
import { sourceTree } from '../backup/source-tree.ts';
import type { SourceEntry, SourceFolder } from '../backup/source-tree.ts';
import type { FolderReader } from '../vault/folder-reader.ts';

const SAMPLED_ENTRIES = 200;

/** How much an entry of the same name says, by what else agrees. */
const SAME_NAME = 0.2;
const SAME_SIZE = 0.7;
const SAME_ALL = 1;

interface SampledEntry {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** A folder's sample and those of folders in it, as far as the sample goes. */
export interface SampledFolder {
  readonly entries: readonly SampledEntry[];
  readonly folders: ReadonlyMap<string, SampledFolder>;
}

/** The upper entries of what was picked, breadth first. Throws `source-unreadable`, `permission-needed`. */
export async function sampleOf(picked: PickedSource): Promise<SampledFolder> {
  interface Growing extends SampledFolder {
    readonly entries: SampledEntry[];
    readonly folders: Map<string, Growing>;
  }
  const root: Growing = { entries: [], folders: new Map() };
  const waiting: { readonly folder: SourceFolder; readonly sample: Growing }[] = [
    { folder: sourceTree(picked), sample: root },
  ];
  let left = SAMPLED_ENTRIES;
  for (let next = waiting.shift(); next !== undefined && left > 0; next = waiting.shift()) {
    const entries = (await next.folder.list()).slice(0, left);
    left -= entries.length;
    for (const entry of entries) {
      next.sample.entries.push(await sampled(entry));
      if (entry.kind === 'file') continue;
      const sample: Growing = { entries: [], folders: new Map() };
      next.sample.folders.set(entry.name, sample);
      waiting.push({ folder: entry, sample });
    }
  }
  return root;
}

async function sampled(entry: SourceEntry): Promise<SampledEntry> {
  const { kind, name } = entry;
  if (kind === 'folder') return { kind, name, sizeBytes: 0, modifiedAtMs: 0 };
  const file = await entry.open();
  return { kind, name, sizeBytes: file.size, modifiedAtMs: file.lastModified };
}

/** How alike the sample and a snapshot are, from 0 to 1; 0 where its folders can't be read. */
export async function likeness(
  sample: SampledFolder,
  root: readonly Extent[],
  folders: FolderReader,
  signal: AbortSignal,
): Promise<number> {
  try {
    const { agreed, compared } = await compare(sample, root, { folders, signal });
    return compared === 0 ? 0 : agreed / compared;
  } catch (error) {
    signal.throwIfAborted();
    if (toHoldfastError(error).code === 'internal') throw error;
    return 0;
  }
}

interface Comparison {
  readonly agreed: number;
  readonly compared: number;
}

async function compare(
  sample: SampledFolder,
  nodes: readonly Extent[],
  reading: { readonly folders: FolderReader; readonly signal: AbortSignal },
): Promise<Comparison> {
  if (sample.entries.length === 0) return { agreed: 0, compared: 0 };
  const listed = await reading.folders.list(nodes, reading.signal);
  const byName = new Map(listed.map((entry) => [entry.name, entry]));
  let agreed = 0;
  // What only one of the two has counts against them, as far as the sample goes.
  let compared = Math.max(sample.entries.length, Math.min(listed.length, SAMPLED_ENTRIES));
  for (const entry of sample.entries) agreed += agreement(entry, byName.get(entry.name));
  for (const [name, folder] of sample.folders) {
    const entry = byName.get(name);
    const below = await compare(folder, entry?.kind === 'folder' ? entry.nodes : [], reading);
    agreed += below.agreed;
    compared += below.compared;
  }
  return { agreed, compared };
}

function agreement(sampledEntry: SampledEntry, entry: Entry | undefined): number {
  if (entry?.kind !== sampledEntry.kind) return 0;
  if (entry.kind === 'folder') return SAME_ALL;
  if (entry.sizeBytes !== sampledEntry.sizeBytes) return SAME_NAME;
  return entry.modifiedAtMs === sampledEntry.modifiedAtMs ? SAME_ALL : SAME_SIZE;
}
