import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeSettings, encodeSettings } from '../../shared/format/source-settings.ts';
import type { StoredSettings } from '../../shared/format/source-settings.ts';
import { bytesUpTo, plain, textUpTo } from '../helpers/arbitraries.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

const count = fc.nat(2 ** 32 - 1);

const anySettings: fc.Arbitrary<StoredSettings> = plain<StoredSettings>({
  rules: fc.array(textUpTo(60), { maxLength: 20 }),
  compress: fc.boolean(),
  fixedSize: fc.boolean(),
  schedule: fc.oneof(
    fc.constantFrom('manual' as const, 'hourly' as const, 'on-change' as const).map((kind) => ({ kind })),
    fc.nat(1_439).map((minuteOfDay) => ({ kind: 'daily' as const, minuteOfDay })),
  ),
  retention: fc
    .record(
      {
        last: count,
        hourly: count,
        daily: count,
        weekly: count,
        monthly: count,
        yearly: count,
        withinMs: fc.maxSafeNat(),
      },
      { requiredKeys: [] },
    )
    .map((kept) => ({ ...kept })),
});

describe('a source’s settings', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        assert.deepEqual(decodeSettings(encodeSettings(settings)), settings);
      }),
    );
  });

  it('are refused when they are cut short or go on', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const bytes = encodeSettings(settings);
        for (let length = 0; length < bytes.length; length++)
          assertThrowsCode(() => decodeSettings(bytes.subarray(0, length)), 'malformed');
        assertThrowsCode(() => decodeSettings(new Uint8Array([...bytes, 0])), 'malformed');
      }),
      { numRuns: 20 },
    );
  });

  it('made of any bytes are settings that are written the same, or a coded error', () => {
    fc.assert(
      fc.property(bytesUpTo(60), (bytes) => {
        bytes.fill(1, 0, 1);
        const settings = orCodedError(() => decodeSettings(bytes));
        if (settings !== undefined) assert.deepEqual(encodeSettings(settings), bytes);
      }),
      { numRuns: 3_000 },
    );
  });
});
