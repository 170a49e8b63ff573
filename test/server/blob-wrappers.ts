/** Puts something between a store and its segments. */
import type { BlobStore } from '../../server/store/ports.ts';

/** `blobs` with some of its methods replaced. */
export function wrapBlobs(
  blobs: BlobStore,
  replaced: Partial<Pick<BlobStore, 'append' | 'sync' | 'read' | 'removeSegment'>>,
): BlobStore {
  return {
    append: (head, body) => (replaced.append ?? blobs.append.bind(blobs))(head, body),
    sync: () => (replaced.sync ?? blobs.sync.bind(blobs))(),
    read: (type, place, target) => (replaced.read ?? blobs.read.bind(blobs))(type, place, target),
    get generation() {
      return blobs.generation;
    },
    get end() {
      return blobs.end;
    },
    scan: (from) => blobs.scan(from),
    walk: (segment) => blobs.walk(segment),
    segments: () => blobs.segments(),
    sizeOf: (segment) => blobs.sizeOf(segment),
    removeSegment: (segment) => {
      (replaced.removeSegment ?? blobs.removeSegment.bind(blobs))(segment);
    },
    truncateEnd: (position) => {
      blobs.truncateEnd(position);
    },
    close: () => {
      blobs.close();
    },
  };
}
