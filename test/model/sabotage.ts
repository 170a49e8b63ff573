/** Faults that the test must notice: each stands between the store and its disk or index, as a bug would. */
import type { StoreParts } from './server-process.ts';

export type Sabotage = (parts: StoreParts) => StoreParts;

/** The fault, by what it does. */
export const SABOTAGE: Readonly<Record<string, Sabotage>> = {
  'the collection takes what is in the trash for nothing that needs its pages': (parts) => {
    const { upkeep } = parts.catalog;
    const trashed = new Set<string>();
    return withUpkeep(parts, {
      livingSnapshots: async (vaultId) => {
        const living = await upkeep.livingSnapshots(vaultId);
        for (const { snapshotId, mark } of living) if (mark === 'trashed') trashed.add(snapshotId);
        return living;
      },
      refPagesOf: async (vaultId, snapshotId) =>
        trashed.has(snapshotId) ? new Uint8Array() : upkeep.refPagesOf(vaultId, snapshotId),
    });
  },

  'the collection erases what is in the trash at once': (parts) =>
    withUpkeep(parts, {
      livingSnapshots: async (vaultId) => {
        const living = await parts.catalog.upkeep.livingSnapshots(vaultId);
        return living.map((each) => (each.mark === 'trashed' ? { ...each, markedAtMs: 0 } : each));
      },
    }),

  'the compaction removes a segment before its copies are durable': (parts) => {
    const { blobs, catalog } = parts;
    let isCompacting = false;
    let isCopying = false;
    const own = {
      blobs: override(blobs, {
        walk: (segment) => {
          isCopying = isCompacting;
          return blobs.walk(segment);
        },
        sync: () => (isCopying ? Promise.resolve() : blobs.sync()),
        removeSegment: (segment) => {
          blobs.removeSegment(segment);
          isCopying = false;
        },
      }),
      catalog: override(catalog, {
        checkpoint: () => {
          isCompacting = true; // what it asks first
          return catalog.checkpoint();
        },
      }),
    };
    return withUpkeep(own, {
      scrubState: () => {
        isCompacting = false;
        return catalog.upkeep.scrubState();
      },
    });
  },

  'what comes back from the trash is not noted': ({ blobs, catalog }) => ({
    blobs,
    catalog: override(catalog, {
      index: (entries, checkpoint) =>
        catalog.index(
          entries.filter((entry) => !(entry.type === 'mark' && entry.mark === 'kept')),
          checkpoint,
        ),
    }),
  }),

  'a sync doesn’t sync': ({ blobs, catalog }) => ({
    blobs: override(blobs, { sync: () => Promise.resolve() }),
    catalog,
  }),

  'the compaction removes nothing': ({ blobs, catalog }) => ({
    blobs: override(blobs, { removeSegment: () => undefined }),
    catalog,
  }),
};

function withUpkeep(
  { blobs, catalog }: StoreParts,
  own: Partial<StoreParts['catalog']['upkeep']>,
): StoreParts {
  return { blobs, catalog: override(catalog, { upkeep: override(catalog.upkeep, own) }) };
}

/** `target`, of which `own` takes the place of some. */
function override<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => Reflect.get(name in own ? own : target, name) as unknown,
  });
}
