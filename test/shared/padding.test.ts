import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { padmeBytes } from '../../shared/format/padding.ts';

/** Far beyond any chunk. */
const length = fc.oneof(fc.nat(4_096), fc.nat(2 ** 31 - 1));

/** Padmé by whole numbers alone, to check the other one against (PURBs, section 4.2). */
function byBits(lengthBytes: number): number {
  if (lengthBytes < 2) return lengthBytes;
  const exponent = 31 - Math.clz32(lengthBytes);
  const kept = 32 - Math.clz32(exponent);
  const step = 1n << BigInt(Math.max(0, exponent - kept));
  return Number(((BigInt(lengthBytes) + step - 1n) / step) * step);
}

describe('padding', () => {
  it('is never shorter, at most 12 % longer, and padded already', () => {
    fc.assert(
      fc.property(length, (lengthBytes) => {
        const padded = padmeBytes(lengthBytes);
        assert.ok(padded >= lengthBytes);
        assert.ok(padded <= lengthBytes * 1.12, `${lengthBytes} became ${padded}`);
        assert.equal(padmeBytes(padded), padded);
      }),
      { numRuns: 5_000 },
    );
  });

  it('grows with the length, so that no order is hidden or made up', () => {
    let previous = 0;
    for (let lengthBytes = 0; lengthBytes < 100_000; lengthBytes++) {
      const padded = padmeBytes(lengthBytes);
      assert.ok(padded >= previous);
      previous = padded;
    }
    fc.assert(
      fc.property(length, length, (a, b) => {
        assert.equal(Math.max(padmeBytes(a), padmeBytes(b)), padmeBytes(Math.max(a, b)));
      }),
    );
  });

  it('is Padmé, at every power of two and its neighbours too', () => {
    for (let exponent = 0; exponent < 31; exponent++) {
      for (const lengthBytes of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        assert.equal(padmeBytes(lengthBytes), byBits(lengthBytes), String(lengthBytes));
      }
    }
    fc.assert(
      fc.property(length, (lengthBytes) => {
        assert.equal(padmeBytes(lengthBytes), byBits(lengthBytes));
      }),
      { numRuns: 5_000 },
    );
  });

  it('leaves few lengths for a chunk to have', () => {
    const lengths = new Set<number>();
    for (let lengthBytes = 1; lengthBytes <= 2 * 1024 * 1024; lengthBytes += 97)
      lengths.add(padmeBytes(lengthBytes));
    assert.ok(lengths.size < 600, String(lengths.size));
  });
});
