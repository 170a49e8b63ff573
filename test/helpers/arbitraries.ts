/** What property tests draw their values from. */
import fc from 'fast-check';
import { toHex, utf8 } from '../../shared/bytes.ts';
import { HASH_ID_BYTES, RANDOM_ID_BYTES } from '../../shared/ids.ts';

const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;
const CODE_POINTS = 0x110000 - SURROGATES;

/** Any character of Unicode; half of them such as people type. */
const character = fc
  .oneof(fc.nat(0x7f), fc.nat(CODE_POINTS - 1))
  .map((n) => String.fromCodePoint(n < FIRST_SURROGATE ? n : n + SURROGATES));

/** Well-formed text of at most `maxBytes` in UTF-8. */
export function textUpTo(maxBytes: number): fc.Arbitrary<string> {
  return fc.array(character, { maxLength: maxBytes }).map((characters) => {
    let text = '';
    let left = maxBytes;
    for (const each of characters) {
      left -= utf8(each).length;
      if (left < 0) break;
      text += each;
    }
    return text;
  });
}

/** Any `length` bytes. */
export function bytesOf(length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => new Uint8Array(bytes));
}

/** Up to `maxLength` bytes of any value. */
export function bytesUpTo(maxLength: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.uint8Array({ maxLength }).map((bytes) => new Uint8Array(bytes));
}

/** A plain object with a value for each of `fields`. */
export function plain<T extends object>(fields: {
  readonly [K in keyof T]: fc.Arbitrary<T[K]>;
}): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true });
}

/** A random id of any kind. */
export function anyRandomId<T extends string>(): fc.Arbitrary<T> {
  return bytesOf(RANDOM_ID_BYTES).map((bytes) => toHex(bytes) as T);
}

/** A chunk or page id. */
export function anyHashId<T extends string>(): fc.Arbitrary<T> {
  return bytesOf(HASH_ID_BYTES).map((bytes) => toHex(bytes) as T);
}
