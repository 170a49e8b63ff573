/** How ids and places stand in columns. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Place } from '../ports.ts';

const PLACE_BYTES = 12;

/** The bytes of an id. */
export function blobOf(id: string): Buffer {
  return Buffer.from(id, 'hex');
}

/** The id whose bytes a column holds. */
export function idOf<T extends string>(column: Buffer): T {
  return column.toString('hex') as T;
}

export function packPlaces(places: readonly Place[]): Buffer {
  const packed = Buffer.allocUnsafe(PLACE_BYTES * places.length);
  places.forEach(({ segment, offset, bodyBytes }, index) => {
    packed.writeUInt32LE(segment, PLACE_BYTES * index);
    packed.writeUInt32LE(offset, PLACE_BYTES * index + 4);
    packed.writeUInt32LE(bodyBytes, PLACE_BYTES * index + 8);
  });
  return packed;
}

/** Throws `storage-damaged` for a column that doesn't hold whole places. */
export function unpackPlaces(packed: Buffer): Place[] {
  if (packed.length % PLACE_BYTES !== 0) {
    throw new HoldfastError('storage-damaged', { detail: 'index: places' });
  }
  return Array.from({ length: packed.length / PLACE_BYTES }, (_, index) => ({
    segment: packed.readUInt32LE(PLACE_BYTES * index),
    offset: packed.readUInt32LE(PLACE_BYTES * index + 4),
    bodyBytes: packed.readUInt32LE(PLACE_BYTES * index + 8),
  }));
}
