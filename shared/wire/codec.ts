/**
 * Field codecs that messages are built of. A message's layout is the order of its fields
 * (PROTOCOL.md, Field types); decoding checks every length and leaves no byte over.
 */
import { utf8 } from '../bytes.ts';
import type { Reader, Writer } from '../bytes.ts';
import { HoldfastError } from '../errors.ts';
import { HASH_ID_BYTES, RANDOM_ID_BYTES, idBytes, idFromBytes } from '../ids.ts';

/** How one value is written and read. `read` throws `malformed`; `write` throws `too-large`. */
export interface Field<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}

export type FieldValue<F> = F extends Field<infer T> ? T : never;

export const u8: Field<number> = {
  write: (writer, value) => {
    writer.u8(value);
  },
  read: (reader) => reader.u8(),
};

export const u16: Field<number> = {
  write: (writer, value) => {
    writer.u16(value);
  },
  read: (reader) => reader.u16(),
};

export const u32: Field<number> = {
  write: (writer, value) => {
    writer.u32(value);
  },
  read: (reader) => reader.u32(),
};

export const u64: Field<number> = {
  write: (writer, value) => {
    writer.u64(value);
  },
  read: (reader) => reader.u64(),
};

/** The latest moment that a Date holds. */
const MAX_TIME_MS = 8_640_000_000_000_000;

/** A moment in milliseconds since 1970, as u64: one that a Date holds, since whoever shows another one fails. */
export const timeMs: Field<number> = {
  write: (writer, value) => {
    writer.u64(checkedLength(value, MAX_TIME_MS));
  },
  read: (reader) => checkedLength(reader.u64(), MAX_TIME_MS),
};

/** One byte, 0 or 1. */
export const bool: Field<boolean> = {
  write: (writer, value) => {
    writer.u8(value ? 1 : 0);
  },
  read: (reader) => oneOf([false, true] as const).read(reader),
};

/** One byte: the value's place in `values`. */
export function oneOf<const T extends readonly unknown[]>(values: T): Field<T[number]> {
  return {
    write: (writer, value) => {
      writer.u8(values.indexOf(value));
    },
    read: (reader) => {
      const place = reader.u8();
      if (place >= values.length) throw new HoldfastError('malformed', { detail: 'unknown choice' });
      return values[place];
    },
  };
}

/** Exactly `length` bytes. Reading gives a view. */
export function fixedBytes(length: number): Field<Uint8Array> {
  return {
    write: (writer, value) => {
      if (value.length !== length) throw new HoldfastError('malformed', { detail: 'wrong length' });
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(length),
  };
}

/** u32 length, then that many bytes, at most `maxBytes`. Reading gives a view. */
export function bytes(maxBytes: number): Field<Uint8Array> {
  return {
    write: (writer, value) => {
      writer.u32(checkedLength(value.length, maxBytes));
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(checkedLength(reader.u32(), maxBytes)),
  };
}

/** All the bytes that remain, at most `maxBytes`: only as a message's last field. Reading gives a view. */
export function restBytes(maxBytes: number): Field<Uint8Array> {
  return {
    write: (writer, value) => {
      checkedLength(value.length, maxBytes);
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(checkedLength(reader.remaining, maxBytes)),
  };
}

/** u16 length, then UTF-8 of at most `maxBytes`. */
export function text(maxBytes: number): Field<string> {
  return {
    write: (writer, value) => {
      const encoded = utf8(value);
      writer.u16(checkedLength(encoded.length, maxBytes));
      writer.bytes(encoded);
    },
    read: (reader) => reader.text(checkedLength(reader.u16(), maxBytes)),
  };
}

/** u32 count, then the items, at most `maxCount`. */
export function list<T>(item: Field<T>, maxCount: number): Field<readonly T[]> {
  return {
    write: (writer, values) => {
      writer.u32(checkedLength(values.length, maxCount));
      for (const value of values) item.write(writer, value);
    },
    read: (reader) => {
      const count = checkedLength(reader.u32(), maxCount);
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(item.read(reader));
      return values;
    },
  };
}

/** The bytes of a list of ids of `idLength` bytes, at most `maxCount`, one after another. Reading gives a view. */
export function packedIds(idLength: number, maxCount: number): Field<Uint8Array> {
  return {
    write: (writer, value) => {
      const count = checkedLength(value.length / idLength, maxCount);
      writer.u32(count); // refuses a broken count, and so a part of an id
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(checkedLength(reader.u32(), maxCount) * idLength),
  };
}

/** A field that a value may lack: a 0 byte, or a 1 byte and the value. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    write: (writer, value) => {
      bool.write(writer, value !== undefined);
      if (value !== undefined) field.write(writer, value);
    },
    read: (reader) => (bool.read(reader) ? field.read(reader) : undefined),
  };
}

/** A random id: 16 bytes. */
export function randomIdField<T extends Parameters<typeof idBytes>[0]>(): Field<T> {
  return idField<T>(RANDOM_ID_BYTES);
}

/** A chunk or page id: 32 bytes. */
export function hashIdField<T extends Parameters<typeof idBytes>[0]>(): Field<T> {
  return idField<T>(HASH_ID_BYTES);
}

/** Fields one after another, in the order of the object's keys. */
export function struct<F extends Record<string, Field<unknown>>>(
  fields: F,
): Field<{ readonly [K in keyof F]: FieldValue<F[K]> }> {
  const named = Object.entries<Field<unknown>>(fields);
  return {
    write: (writer, value) => {
      for (const [name, field] of named) field.write(writer, value[name]);
    },
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, field] of named) value[name] = field.read(reader);
      return value as { readonly [K in keyof F]: FieldValue<F[K]> };
    },
  };
}

function idField<T extends Parameters<typeof idBytes>[0]>(length: number): Field<T> {
  const raw = fixedBytes(length);
  return {
    write: (writer, value) => {
      raw.write(writer, idBytes(value));
    },
    read: (reader) => idFromBytes<T>(raw.read(reader)),
  };
}

function checkedLength(length: number, max: number): number {
  if (length > max) {
    throw new HoldfastError('malformed', { detail: `${String(length)} is more than ${String(max)}` });
  }
  return length;
}
