/** Draws the chunks that a sample reads. */
import type { ChunkId } from '../../../shared/ids.ts';
import type { Random } from '../ports.ts';

/**
 * Whether a chunk is drawn: about `share` of all, others at each call of this function. A chunk is in a sample or
 * isn't, for whatever file. Ids are MACs: 32 of their bits are as good as drawn by lot, and are mixed anew each time.
 */
export function sample(share: number, random: Random): (id: ChunkId) => boolean {
  const [factor = 0, shift = 0] = new Uint32Array(random(new Uint8Array(8)).buffer);
  return (id) => {
    const lot = Math.imul(Number.parseInt(id.slice(0, 8), 16), factor | 1) + shift;
    return (lot >>> 0) / 2 ** 32 < share;
  };
}
