import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GEAR_SCAN_MODULE, assembleGearScan } from '../../scripts/lib/gear-scan.mjs';
import { GearScanner } from '../../shared/format/gear-scanner.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const table = seededRandom(1).bytes(1_024);
const scanner = new GearScanner(table);
const content = seededRandom(2).bytes(600_000);

/** FORMAT.md's words, byte for byte. */
function scanByTheBook(bytes: Uint8Array, mask: number, before: number): { cut: number; hash: number } {
  const gear = new DataView(table.buffer, table.byteOffset);
  let hash = before;
  for (const [place, byte] of bytes.entries()) {
    hash = ((hash << 1) + gear.getUint32(4 * byte, true)) | 0;
    if ((hash & mask) === 0) return { cut: place + 1, hash };
  }
  return { cut: -1, hash };
}

describe('the gear scanner', () => {
  it('finds what is to be found byte for byte, wherever it begins and ends', () => {
    // From a boundary about every 32 bytes to one that hardly comes.
    const masks = fc.constantFrom(5, 8, 11, 14, 18, 22).map((bits) => -1 << (32 - bits));
    const place = fc.oneof(fc.nat(content.length), fc.nat(70_000));
    fc.assert(
      fc.property(masks, place, place, fc.integer(), (mask, start, end, hash) => {
        const bytes = content.subarray(Math.min(start, end), Math.max(start, end));
        assert.deepEqual(scanner.scan(bytes, mask, hash), scanByTheBook(bytes, mask, hash));
      }),
      { numRuns: 300 },
    );
  });

  it('is what its text says', async () => {
    assert.equal(await readFile(GEAR_SCAN_MODULE, 'utf8'), await assembleGearScan());
  });
});
