/** Faults of a server or a disk that the test must notice, each with a seed with which it shows soon. */
import { SABOTAGE as MODEL_SABOTAGE } from '../model/sabotage.ts';
import type { Sabotage } from './run-power-cut.ts';

const HASTY_COMPACTION = 'the compaction removes a segment before its copies are durable';

/** The fault, by what it does. */
export const SABOTAGE: Readonly<Record<string, { readonly seed: number; readonly sabotage: Sabotage }>> = {
  'a segment’s data is not synced': {
    seed: 1,
    sabotage: { disk: (calls) => ({ ...calls, fdatasync: () => Promise.resolve() }) },
  },

  'the server acknowledges before its sync has ended': {
    seed: 1,
    sabotage: {
      disk: (calls) => ({
        ...calls,
        fdatasync: (fd) => {
          void calls.fdatasync(fd);
          return Promise.resolve();
        },
      }),
    },
  },

  'the folder of a new segment is not synced': { seed: 1, sabotage: { forgetsFolderSyncs: true } },

  [HASTY_COMPACTION]: {
    seed: 1,
    sabotage: { wrap: (parts) => MODEL_SABOTAGE[HASTY_COMPACTION]?.(parts) ?? parts },
  },

  'what must outlive the index’s loss of transactions is not synced': {
    seed: 1,
    sabotage: { forgetsIndexSyncs: true },
  },
};
