/**
 * PROTOCOL.md as a machine reads it: its tables, and an encoder that knows nothing but the types that stand
 * in them. What the page says can so be compared with what the code does.
 */
import { readFileSync } from 'node:fs';
import { HASH_ID_BYTES } from '../../shared/ids.ts';

const TEXT = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

export type DocRow = Readonly<Record<string, string>>;

/** A type of the page: its name, and the numbers, words, types or fields in its parentheses. */
interface DocType {
  readonly name: string;
  readonly count: number;
  readonly choices: readonly string[];
  readonly item: DocType | undefined;
  readonly fields: readonly DocField[];
}

export interface DocField {
  readonly name: string;
  readonly type: DocType;
}

/** The rows of the table whose first columns have these names. */
export function docTable(...columns: readonly string[]): DocRow[] {
  const lines = TEXT.split('\n');
  const start = lines.findIndex((line) => columns.every((name, index) => cellsOf(line)[index] === name));
  if (start === -1) throw new Error(`PROTOCOL.md has no table of ${columns.join(', ')}`);
  const names = cellsOf(lines[start] ?? '');
  const rows: DocRow[] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const cells = cellsOf(line);
    rows.push(Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])));
  }
  return rows;
}

/** The fields that a cell names. */
export function docFields(cell: string): DocField[] {
  return splitOutside(cell).map((field) => {
    const [name = '', ...type] = field.split(' ');
    return { name, type: parseType(type.join(' ')) };
  });
}

/** The bytes of an object's fields. */
export function docEncode(fields: readonly DocField[], value: object): Buffer {
  const values = value as Readonly<Record<string, unknown>>;
  return Buffer.concat(fields.map(({ name, type }) => encodeType(type, values[name])));
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}

/** The shorthands of the page's second table of types. */
const shorthands = new Map(docTable('name', 'fields').map(({ name = '', fields = '' }) => [name, fields]));

function parseType(text: string): DocType {
  const shorthand = shorthands.get(text);
  if (shorthand !== undefined) return parseType(shorthand);
  if (text.startsWith('{')) return { ...NOTHING, name: '{}', fields: docFields(text.slice(1, -1).trim()) };
  const opening = text.indexOf('(');
  if (opening === -1) return { ...NOTHING, name: text };
  return parseCall(text.slice(0, opening), splitOutside(text.slice(opening + 1, -1)));
}

const NOTHING = { count: 0, choices: [], item: undefined, fields: [] };

function parseCall(name: string, inside: readonly string[]): DocType {
  if (name === 'choice') return { ...NOTHING, name, choices: inside };
  if (name === 'optional') return { ...NOTHING, name, item: parseType(inside.join(', ')) };
  const [count, ...others] = inside;
  const item = name === 'list' ? parseType(others.join(', ')) : undefined;
  return { ...NOTHING, name, count: Number(count), item };
}

const DEPTH: Readonly<Record<string, number>> = { '(': 1, '{': 1, ')': -1, '}': -1 };

/** The parts between commas that stand in no parentheses. */
function splitOutside(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    depth += DEPTH[character] ?? 0;
    if (character === ',' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${character}`);
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** A value of exactly the type's limit, and one above it. */
export interface DocLimit {
  readonly name: string;
  readonly largest: unknown;
  readonly tooLarge: unknown;
}

/** Objects that keep and break each limit that `fields` have, one at a time; the rest of them is small. */
export function docLimits(fields: readonly DocField[]): DocLimit[] {
  const small = smallObject(fields);
  return fields.flatMap(({ name, type }) =>
    limitsOf(type).map((limit) => ({
      name: `${name} ${limit.name}`,
      largest: { ...small, [name]: limit.largest },
      tooLarge: { ...small, [name]: limit.tooLarge },
    })),
  );
}

function limitsOf(type: DocType): DocLimit[] {
  if (type.name === '{}') return docLimits(type.fields);
  const own = ['bytes', 'text', 'list', 'packed'].includes(type.name)
    ? [{ name: type.name, largest: sized(type, type.count), tooLarge: sized(type, type.count + 1) }]
    : [];
  const ofItem = type.name === 'list' && type.item !== undefined ? limitsOf(type.item) : [];
  const inList = ofItem.map(({ name, largest, tooLarge }) => ({
    name,
    largest: [largest],
    tooLarge: [tooLarge],
  }));
  return [...own, ...inList];
}

function sized(type: DocType, count: number): unknown {
  if (type.name === 'text') return 'x'.repeat(count);
  if (type.name === 'bytes') return new Uint8Array(count);
  if (type.name === 'packed') return new Uint8Array(HASH_ID_BYTES * count);
  return Array.from({ length: count }, () => smallValue(type.item));
}

function smallObject(fields: readonly DocField[]): object {
  return Object.fromEntries(fields.map(({ name, type }) => [name, smallValue(type)]));
}

const SMALL: Readonly<Record<string, (type: DocType) => unknown>> = {
  bool: () => false,
  choice: ({ choices }) => choices[0],
  fixed: ({ count }) => new Uint8Array(count),
  rest: () => new Uint8Array(0),
  id: () => '00'.repeat(16),
  hash: () => '00'.repeat(32),
  bytes: () => new Uint8Array(0),
  packed: () => new Uint8Array(0),
  text: () => '',
  list: () => [],
  optional: () => undefined,
  '{}': ({ fields }) => smallObject(fields),
};

function smallValue(type: DocType | undefined): unknown {
  return type === undefined ? undefined : (SMALL[type.name]?.(type) ?? 0);
}

type Encoder = (type: DocType, value: unknown) => Buffer;

const ENCODERS: Readonly<Record<string, Encoder>> = {
  u8: (_, value) => number(1, value),
  u16: (_, value) => number(2, value),
  u32: (_, value) => number(4, value),
  u64: (_, value) => number(8, value),
  bool: (_, value) => number(1, value === true ? 1 : 0),
  choice: ({ choices }, value) => number(1, choices.indexOf(String(value))),
  fixed: (_, value) => Buffer.from(value as Uint8Array),
  rest: (_, value) => Buffer.from(value as Uint8Array),
  id: (_, value) => Buffer.from(String(value), 'hex'),
  hash: (_, value) => Buffer.from(String(value), 'hex'),
  bytes: (_, value) => counted(4, Buffer.from(value as Uint8Array)),
  text: (_, value) => counted(2, Buffer.from(String(value))),
  packed: (_, value) => {
    const ids = Buffer.from(value as Uint8Array);
    return Buffer.concat([number(4, ids.length / HASH_ID_BYTES), ids]);
  },
  list: ({ item }, value) => {
    const items = (value as readonly unknown[]).map((each) => encodeType(item, each));
    return Buffer.concat([number(4, items.length), ...items]);
  },
  optional: ({ item }, value) =>
    value === undefined ? number(1, 0) : Buffer.concat([number(1, 1), encodeType(item, value)]),
  '{}': ({ fields }, value) => docEncode(fields, value as object),
};

function encodeType(type: DocType | undefined, value: unknown): Buffer {
  const encoder = ENCODERS[type?.name ?? ''];
  if (type === undefined || encoder === undefined)
    throw new Error(`no type of the page: ${String(type?.name)}`);
  return encoder(type, value);
}

function number(length: number, value: unknown): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value as number));
  return bytes.subarray(0, length);
}

function counted(countLength: number, bytes: Buffer): Buffer {
  return Buffer.concat([number(countLength, bytes.length), bytes]);
}
