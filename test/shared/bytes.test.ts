import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  Reader,
  Writer,
  concatBytes,
  equalBytes,
  fromBase64Url,
  fromHex,
  ownBytes,
  toHex,
  utf8,
} from '../../shared/bytes.ts';
import { textUpTo } from '../helpers/arbitraries.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

/** One value of each thing that can be written and read. */
const token = fc.oneof(
  fc.record({ type: fc.constant('u8' as const), value: fc.nat(0xff) }),
  fc.record({ type: fc.constant('u16' as const), value: fc.nat(0xffff) }),
  fc.record({ type: fc.constant('u32' as const), value: fc.nat(0xffff_ffff) }),
  fc.record({ type: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('varint' as const), value: fc.maxSafeNat() }),
);

function written(write: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  write(writer);
  return writer.done();
}

/** The bytes of a varint by BigInt arithmetic, to check the other one against. */
function varintBytes(value: bigint): number[] {
  return value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varintBytes(value >> 7n)];
}

describe('a reader', () => {
  it('reads back what a writer wrote, in order and to the last byte', () => {
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        const reader = new Reader(
          written((writer) => {
            for (const { type, value } of tokens) writer[type](value);
          }),
        );
        for (const { type, value } of tokens) assert.equal(reader[type](), value);
        reader.end();
      }),
    );
  });

  it('never reads past its end, into what lies behind it in the same memory', () => {
    const memory = new Uint8Array(64).fill(0xff);
    const lengths = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;
    for (const [type, length] of Object.entries(lengths) as [keyof typeof lengths, number][]) {
      for (let given = 0; given < length; given++) {
        assertThrowsCode(() => new Reader(memory.subarray(8, 8 + given))[type](), 'malformed');
      }
    }
    assertThrowsCode(() => new Reader(memory.subarray(0, 3)).bytes(4), 'malformed');
    assertThrowsCode(() => new Reader(memory.subarray(0, 3)).text(4), 'malformed');
    assertThrowsCode(() => new Reader(memory.subarray(0, 3)).varint(), 'malformed');
  });

  it('starts where its view starts', () => {
    const reader = new Reader(new Uint8Array([9, 9, 1, 2, 3]).subarray(2));
    assert.equal(reader.u8(), 1);
    assert.deepEqual([...reader.rest()], [2, 3]);
    assert.equal(reader.remaining, 0);
  });

  it('gives views of the bytes, not copies', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const view = new Reader(bytes).bytes(3);
    bytes[0] = 7;
    assert.deepEqual([...view], [7, 2, 3]);
  });

  it('refuses bytes that nobody asked for', () => {
    const reader = new Reader(new Uint8Array([1, 2]));
    reader.u8();
    assertThrowsCode(() => {
      reader.end();
    }, 'malformed');
  });

  it('refuses integers that a number can’t hold exactly', () => {
    assert.equal(new Reader(fromHex('ffffffffffff1f00')).u64(), Number.MAX_SAFE_INTEGER);
    for (const hex of ['0000000000002000', 'ffffffffffffffff']) {
      assertThrowsCode(() => new Reader(fromHex(hex)).u64(), 'malformed');
    }
  });

  it('takes a varint in its shortest form only', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = written((writer) => {
          writer.varint(value);
        });
        assert.deepEqual([...bytes], varintBytes(BigInt(value)));
        // The same value with a group of zeros behind it.
        const longer = new Uint8Array([...bytes.subarray(0, -1), (bytes.at(-1) ?? 0) | 0x80, 0]);
        assertThrowsCode(() => new Reader(longer).varint(), 'malformed');
      }),
    );
  });

  it('refuses varints beyond 2^53 - 1 and those that never end', () => {
    for (const value of [2n ** 53n, 2n ** 54n + 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 70n]) {
      assertThrowsCode(() => new Reader(new Uint8Array(varintBytes(value))).varint(), 'malformed');
    }
    assertThrowsCode(() => new Reader(new Uint8Array(100).fill(0x80)).varint(), 'malformed');
  });

  it('never gives another value for other bytes of a varint', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 10 }), (bytes) => {
        const reader = new Reader(bytes);
        const value = orCodedError(() => reader.varint());
        if (value === undefined) return;
        assert.deepEqual([...bytes.subarray(0, bytes.length - reader.remaining)], varintBytes(BigInt(value)));
      }),
    );
  });

  it('takes text as strict UTF-8 and keeps every character of it', () => {
    fc.assert(
      fc.property(textUpTo(100), (text) => {
        const bytes = utf8(text);
        assert.equal(new Reader(bytes).text(bytes.length), text);
      }),
    );
    assert.equal(new Reader(fromHex('efbbbf41')).text(4), '\ufeffA');
  });

  it('refuses text that is not UTF-8: overlong, surrogates, cut short, beyond Unicode', () => {
    for (const hex of [
      'c080',
      'c1bf',
      'e08080',
      'eda080',
      'edbfbf',
      'f4908080',
      'f8888080',
      'c3',
      '80',
      'ff',
    ]) {
      const bytes = fromHex(hex);
      assertThrowsCode(() => new Reader(bytes).text(bytes.length), 'malformed');
    }
  });
});

describe('a writer', () => {
  it('fills the buffer that it is given and not a byte more', () => {
    const memory = new Uint8Array(16);
    const writer = new Writer(memory.subarray(4, 8));
    writer.u16(0x0201);
    writer.u16(0x0403);
    assertThrowsCode(() => {
      writer.u8(9);
    }, 'too-large');
    assert.deepEqual([...memory], [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(writer.done().buffer, memory.buffer);
  });

  it('grows to whatever is written, keeping what it had', () => {
    const parts = [1, 255, 256, 257, 10_000].map((length) => new Uint8Array(length).fill(length));
    const bytes = written((writer) => {
      for (const part of parts) writer.bytes(part);
    });
    assert.ok(Buffer.concat(parts).equals(bytes));
  });

  it('refuses numbers that would be written as others', () => {
    const tooLarge = { u8: 2 ** 8, u16: 2 ** 16, u32: 2 ** 32, u64: 2 ** 53, varint: 2 ** 53 } as const;
    for (const [type, value] of Object.entries(tooLarge) as [keyof typeof tooLarge, number][]) {
      for (const wrong of [value, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        assertThrowsCode(() => {
          new Writer()[type](wrong);
        }, 'malformed');
      }
    }
  });
});

describe('hexadecimal', () => {
  it('is two lower-case digits a byte, and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const hex = toHex(bytes);
        assert.equal(hex, Buffer.from(bytes).toString('hex'));
        assert.deepEqual([...fromHex(hex)], [...bytes]);
      }),
    );
  });

  it('is refused in upper case, with an odd length, or with anything else in it', () => {
    for (const hex of ['A0', 'a', '0x10', ' a0', 'a0\n', 'g0', '0g', '-1', '1.', '١٢', 'a0a']) {
      assertThrowsCode(() => fromHex(hex), 'malformed');
    }
  });

  it('of any text is bytes or refused', () => {
    fc.assert(
      fc.property(textUpTo(100), (text) => {
        const bytes = orCodedError(() => fromHex(text));
        if (bytes !== undefined) assert.equal(toHex(bytes), text);
      }),
    );
  });
});

describe('base64url', () => {
  it('gives the bytes of its unpadded form', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        assert.deepEqual([...fromBase64Url(text)], [...bytes]);
      }),
    );
  });

  it('is refused with padding, in the other alphabet, with spaces, or cut off in a byte', () => {
    for (const text of ['QQ==', 'Q+/A', 'QQ Q', 'QQ\n', 'A', 'AAAAA', 'é']) {
      assertThrowsCode(() => fromBase64Url(text), 'malformed');
    }
  });
});

describe('byte strings', () => {
  it('are equal when every byte is', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        assert.equal(equalBytes(a, a.slice()), true);
        assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('are joined in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => {
        assert.ok(Buffer.concat(parts).equals(concatBytes(...parts)));
      }),
    );
  });

  it('are copied only out of memory that threads share', () => {
    const own = new Uint8Array([1, 2]);
    assert.equal(ownBytes(own), own);
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(5);
    const copy = ownBytes(shared);
    assert.deepEqual([...copy], [5, 5]);
    assert.ok(copy.buffer instanceof ArrayBuffer);
  });
});
