/** The files of a round: most are those of the round before, some are new and some changed. */
import type { Contents } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const SMALL_FILES = 30;
const LARGE_FILES = 3;

export function contentsOf(seed: number, round: number): Contents {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (let i = 0; i < SMALL_FILES; i++) {
    // Each file changes every fifth round.
    const random = seededRandom(seed + 1_000 * i + Math.floor((round + i) / 5));
    files[`small/${i % 4}/${i}.bin`] = random.bytes(1 + random.integer(20_000));
  }
  for (let i = 0; i < LARGE_FILES; i++) {
    const random = seededRandom(seed + 1_000_000 * (i + 1) + Math.floor((round + i) / LARGE_FILES));
    files[`large-${i}.bin`] = random.bytes(400_000 + random.integer(900_000));
  }
  return files;
}
