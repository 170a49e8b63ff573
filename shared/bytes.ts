/**
 * Bounds-checked reading and writing of little-endian bytes. The only place that touches DataView
 * offsets, so that no parser can read past its input. Used by wire/ and format/.
 */
import { HoldfastError } from './errors.ts';

const textEncoder = new TextEncoder();
const strictTextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a string. Lone surrogates become U+FFFD, as TextEncoder does. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return textEncoder.encode(text);
}

/** Whether two byte strings are equal. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** All parts in one new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += hexOfByte[byte] ?? '';
  return hex;
}

/** Bytes of a lower-case hexadecimal string. Throws `malformed` for anything else. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  let sound = hex.length % 2 === 0;
  for (let i = 0; i < bytes.length; i++) {
    const value = hexDigit(hex.charCodeAt(2 * i)) * 16 + hexDigit(hex.charCodeAt(2 * i + 1));
    sound &&= value >= 0;
    bytes[i] = value;
  }
  if (!sound) throw new HoldfastError('malformed', { detail: 'not lower-case hexadecimal' });
  return bytes;
}

/** The value of a digit's character code; far below zero for any other character. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -256;
}

/** Bytes of unpadded base64url (RFC 4648, section 5). Throws `malformed`. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new HoldfastError('malformed', { detail: 'not base64url' });
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Reads values one after another; throws `malformed` rather than read past the end. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** An unsigned 64-bit integer; `malformed` beyond Number.MAX_SAFE_INTEGER. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new HoldfastError('malformed', { detail: 'integer beyond 2^53' });
    }
    return Number(value);
  }

  /** LEB128, at most 2^53 - 1, in its shortest form only. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 56; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        const shortest = byte !== 0 || shift === 0;
        if (!shortest || !Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new HoldfastError('malformed', { detail: 'bad variable-length integer' });
  }

  /** A view (no copy) of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A view (no copy) of all that remains. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** The next `length` bytes as strict UTF-8. */
  text(length: number): string {
    const bytes = this.bytes(length);
    try {
      return strictTextDecoder.decode(bytes);
    } catch (cause) {
      throw new HoldfastError('malformed', { detail: 'text is not UTF-8', cause });
    }
  }

  /** Throws `malformed` if any input is left: trailing bytes are never ignored. */
  end(): void {
    if (this.remaining > 0) {
      throw new HoldfastError('malformed', { detail: `${String(this.remaining)} trailing bytes` });
    }
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.remaining) {
      throw new HoldfastError('malformed', {
        detail: `needs ${String(length)} bytes, has ${String(this.remaining)}`,
      });
    }
    this.#offset += length;
    return start;
  }
}

/**
 * Writes values one after another into a buffer that is given or that grows. Throws `malformed` for a number
 * that doesn't fit: written as another one, it would be found out only when it is read.
 */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #offset = 0;
  readonly #growable: boolean;

  /** With `target` the writer fills it and throws `too-large` past its end; without, it grows. */
  constructor(target?: Uint8Array<ArrayBuffer>) {
    this.#growable = target === undefined;
    this.#bytes = target ?? new Uint8Array(256);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  get length(): number {
    return this.#offset;
  }

  u8(value: number): void {
    checkInteger(value, 0xff);
    const start = this.#reserve(1);
    this.#view.setUint8(start, value);
  }

  u16(value: number): void {
    checkInteger(value, 0xffff);
    const start = this.#reserve(2);
    this.#view.setUint16(start, value, true);
  }

  u32(value: number): void {
    checkInteger(value, 0xffff_ffff);
    const start = this.#reserve(4);
    this.#view.setUint32(start, value, true);
  }

  /** At most Number.MAX_SAFE_INTEGER. */
  u64(value: number): void {
    checkInteger(value, Number.MAX_SAFE_INTEGER);
    const start = this.#reserve(8);
    this.#view.setBigUint64(start, BigInt(value), true);
  }

  /** At most Number.MAX_SAFE_INTEGER. */
  varint(value: number): void {
    checkInteger(value, Number.MAX_SAFE_INTEGER);
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  bytes(bytes: Uint8Array): void {
    const start = this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
  }

  /** What was written, as a view (no copy). */
  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#offset);
  }

  /** Called before #bytes or #view is read: growing replaces both. */
  #reserve(length: number): number {
    const start = this.#offset;
    const end = start + length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#offset = end;
    return start;
  }

  #grow(needed: number): void {
    if (!this.#growable) {
      throw new HoldfastError('too-large', { detail: `${String(needed)} bytes do not fit` });
    }
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function checkInteger(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new HoldfastError('malformed', {
      detail: `${String(value)} is no integer from 0 to ${String(max)}`,
    });
  }
}

/** `view` as bytes of an ArrayBuffer, which WebCrypto and sockets insist on: itself, or a copy. */
export function ownBytes(view: Uint8Array): Uint8Array<ArrayBuffer> {
  return view.buffer instanceof ArrayBuffer ? (view as Uint8Array<ArrayBuffer>) : new Uint8Array(view);
}
