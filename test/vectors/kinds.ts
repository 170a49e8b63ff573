/** All files of vectors. */
import { chunkIds, chunker, openedChunks, padding, sealedChunks } from './chunks.ts';
import { frames } from './frames.ts';
import { keys, wrappedKeys } from './keys.ts';
import { markStatements } from './marks.ts';
import { outboxRecords } from './outbox.ts';
import { contentDigests, sourceSettings } from './sources.ts';
import { nodes, refPages, snapshots } from './trees.ts';
import type { VectorKind } from './vector.ts';

export const VECTOR_KINDS: readonly VectorKind[] = [
  frames,
  keys,
  wrappedKeys,
  chunker,
  chunkIds,
  sealedChunks,
  openedChunks,
  padding,
  contentDigests,
  nodes,
  snapshots,
  sourceSettings,
  markStatements,
  refPages,
  outboxRecords,
];
