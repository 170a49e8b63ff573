import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Reader, Writer, fromHex, toHex } from '../../shared/bytes.ts';
import type { ChunkId, VaultId } from '../../shared/ids.ts';
import {
  bool,
  bytes,
  fixedBytes,
  hashIdField,
  list,
  oneOf,
  optional,
  randomIdField,
  restBytes,
  struct,
  text,
  timeMs,
  u16,
  u32,
  u64,
  u8,
} from '../../shared/wire/codec.ts';
import type { Field } from '../../shared/wire/codec.ts';
import { bytesUpTo, plain, textUpTo } from '../helpers/arbitraries.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';

function encode<T>(field: Field<T>, value: T): string {
  const writer = new Writer();
  field.write(writer, value);
  return toHex(writer.done());
}

function decode<T>(field: Field<T>, hex: string): T {
  const reader = new Reader(fromHex(hex));
  const value = field.read(reader);
  reader.end();
  return value;
}

describe('a field', () => {
  it('has the bytes that PROTOCOL.md gives it', () => {
    assert.equal(encode(u8, 0x12), '12');
    assert.equal(encode(u16, 0x1234), '3412');
    assert.equal(encode(u32, 0x12345678), '78563412');
    assert.equal(encode(u64, 0x0102030405), '0504030201000000');
    assert.equal(encode(bool, true), '01');
    assert.equal(encode(oneOf(['a', 'b', 'c']), 'c'), '02');
    assert.equal(encode(fixedBytes(2), fromHex('abcd')), 'abcd');
    assert.equal(encode(bytes(9), fromHex('abcd')), '02000000abcd');
    assert.equal(encode(restBytes(9), fromHex('abcd')), 'abcd');
    assert.equal(encode(text(9), 'é!'), '0300c3a921');
    assert.equal(encode(list(u8, 9), [7, 8]), '020000000708');
    assert.equal(encode(optional(u8), undefined), '00');
    assert.equal(encode(optional(u8), 7), '0107');
    assert.equal(encode(randomIdField<VaultId>(), 'ab'.repeat(16) as VaultId), 'ab'.repeat(16));
    assert.equal(encode(hashIdField<ChunkId>(), 'cd'.repeat(32) as ChunkId), 'cd'.repeat(32));
    assert.equal(encode(struct({ b: u8, a: u16 }), { a: 1, b: 2 }), '020100');
  });

  it('is read back as what was written', () => {
    const row = struct({
      flag: bool,
      size: u64,
      place: oneOf(['here', 'there']),
      name: text(40),
      maybe: optional(text(5)),
      parts: list(struct({ n: u16, data: bytes(10) }), 4),
      rest: restBytes(20),
    });
    const value = plain({
      flag: fc.boolean(),
      size: fc.maxSafeNat(),
      place: fc.constantFrom('here' as const, 'there' as const),
      name: textUpTo(40),
      maybe: fc.option(textUpTo(5), { nil: undefined }),
      parts: fc.array(plain({ n: fc.nat(0xffff), data: bytesUpTo(10) }), { maxLength: 4 }),
      rest: bytesUpTo(20),
    });
    fc.assert(
      fc.property(value, (written) => {
        assert.deepEqual(decode(row, encode(row, written)), written);
      }),
    );
  });

  it('keeps its limit in both directions', () => {
    const assertRefused = <T>(field: Field<T>, value: T, hex: string): void => {
      assertThrowsCode(() => encode(field, value), 'malformed');
      assertThrowsCode(() => decode(field, hex), 'malformed');
    };
    assertRefused(bytes(2), new Uint8Array(3), '03000000000000');
    assertRefused(restBytes(2), new Uint8Array(3), '000000');
    assertRefused(text(2), 'abc', '0300616263');
    assertRefused(text(2), 'é!', '0300c3a921');
    assertRefused(list(u8, 2), [1, 2, 3], '03000000010203');
  });

  it('is refused where one value could be written in two ways', () => {
    assertThrowsCode(() => decode(bool, '02'), 'malformed');
    assertThrowsCode(() => decode(oneOf(['a', 'b']), '02'), 'malformed');
    assertThrowsCode(() => decode(optional(u8), '0207'), 'malformed');
    assertThrowsCode(() => decode(optional(u8), 'ff'), 'malformed');
  });

  it('of a fixed length takes no other', () => {
    for (const length of [0, 15, 17, 32]) {
      assertThrowsCode(
        () => encode(randomIdField<VaultId>(), 'a'.repeat(2 * length) as VaultId),
        'malformed',
      );
    }
    assertThrowsCode(() => encode(fixedBytes(4), new Uint8Array(3)), 'malformed');
    assertThrowsCode(() => encode(fixedBytes(4), new Uint8Array(5)), 'malformed');
    assertThrowsCode(() => decode(fixedBytes(4), '000000'), 'malformed');
  });

  it('believes no count or length beyond the input', () => {
    assertThrowsCode(() => decode(list(u64, 0xffff_ffff), 'ffffffff'), 'malformed');
    assertThrowsCode(() => decode(bytes(0xffff_ffff), 'ffffffff00'), 'malformed');
    assertThrowsCode(() => decode(text(0xffff), 'ffff00'), 'malformed');
  });

  it('refuses a choice that is none', () => {
    assertThrowsCode(() => encode(oneOf(['a', 'b']), 'c' as 'a'), 'malformed');
  });

  it('refuses a time that no Date holds: whoever showed it would fail', () => {
    const latest = new Date(8_640_000_000_000_000).getTime();
    assert.equal(decode(timeMs, encode(timeMs, latest)), latest);
    assertThrowsCode(() => encode(timeMs, latest + 1), 'malformed');
    assertThrowsCode(() => decode(timeMs, encode(u64, latest + 1)), 'malformed');
  });
});
