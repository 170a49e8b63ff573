/**
 * Folder nodes: the entries of a folder, or a run of them where it has very many (FORMAT.md, Folder nodes).
 * Nodes lie one after another in chunks of kind `folders`. A node refers to chunks by their place in its
 * table; place 0 is the chunk that the node itself lies in, so that a folder and its subfolders can share it.
 */
import { Reader, Writer, utf8 } from '../bytes.ts';
import { HoldfastError } from '../errors.ts';
import { DIGEST_BYTES, HASH_ID_BYTES, idBytes, idFromBytes } from '../ids.ts';
import type { ChunkId, ContentDigest } from '../ids.ts';
import { BUNDLED_FILE_MAX_BYTES, MAX_ENTRY_NAME_BYTES } from '../limits.ts';

const VERSION = 1;

/** Some bytes of a chunk. */
export interface Extent {
  readonly chunkId: ChunkId;
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface FileEntry {
  readonly kind: 'file';
  readonly name: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970; may be negative. */
  readonly modifiedAtMs: number;
  readonly content: FileContent;
  /** Of the content of a file that lies in a bundle; no other file has one. */
  readonly digest?: ContentDigest;
  /** It never held still: the content was read whole, and may be from several moments. */
  readonly changedWhileRead?: true;
}

/** Where a file's bytes are, in order: told here, or for very large files in extent nodes. */
export type FileContent =
  | { readonly kind: 'extents'; readonly extents: readonly Extent[] }
  | { readonly kind: 'nodes'; readonly nodes: readonly Extent[] };

export interface FolderEntry {
  readonly kind: 'folder';
  readonly name: string;
  /** Where its nodes lie; none for an empty folder. */
  readonly nodes: readonly Extent[];
}

export type Entry = FileEntry | FolderEntry;

/** Stands for the id of a node's own chunk, which has none until it is full. */
export const THIS_CHUNK = 'this-chunk' as ChunkId;

/** The times whose zigzag form is a varint, 142,000 years around 1970. */
const MIN_TIME_MS = -(2 ** 52);
const MAX_TIME_MS = 2 ** 52 - 1;

const KIND_FILE = 0;
const KIND_FOLDER = 1;
const KIND_LARGE_FILE = 2;
/** Added to a file's kind. */
const CHANGED_WHILE_READ = 4;

/** Whether a file of that size lies in a bundle, and its entry has a digest. */
export function isBundled(sizeBytes: number): boolean {
  return sizeBytes > 0 && sizeBytes < BUNDLED_FILE_MAX_BYTES;
}

/** Compares names by their UTF-8 bytes: the order of entries in nodes. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === right) continue;
    // UTF-16 has the same order, but for what needs surrogates.
    return isSurrogate(left) || isSurrogate(right) ? compareUtf8(a, b) : left - right;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function compareUtf8(a: string, b: string): number {
  const [left, right] = [utf8(a), utf8(b)];
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * A node's bytes. Extents of chunk `THIS_CHUNK` are written as place 0. What could not be read again isn't
 * written: throws `malformed` unless the entries are in the order of `compareNames`, each name once,
 * `path-unsafe`, `name-too-long`.
 */
export function encodeFolderNode(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const table = new ChunkTable();
  const body = new Writer();
  for (const [index, entry] of entries.entries()) {
    checkOrder(entries[index - 1], entry);
    writeEntry(body, entry, table);
  }
  const node = new Writer();
  node.u8(VERSION);
  writeTable(node, table);
  node.varint(entries.length);
  node.bytes(body.done());
  return node.done();
}

/**
 * The entries of a node that lies in `chunkId`. Strict: entries in order, names unique and safe as a
 * single path part, sizes adding up. Throws `malformed`, `format-unsupported`, `path-unsafe`.
 */
export function decodeFolderNode(bytes: Uint8Array, chunkId: ChunkId): Entry[] {
  const reader = new Reader(bytes);
  const table = readVersionAndTable(reader, chunkId);
  const count = bounded(reader.varint(), reader.remaining);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const entry = readEntry(reader, table);
    checkOrder(entries.at(-1), entry);
    entries.push(entry);
  }
  reader.end();
  return entries;
}

/** An extent node's bytes: a run of a very large file's extents. */
export function encodeExtentNode(extents: readonly Extent[]): Uint8Array<ArrayBuffer> {
  const table = new ChunkTable();
  const body = new Writer();
  writeExtents(body, extents, table);
  const node = new Writer();
  node.u8(VERSION);
  writeTable(node, table);
  node.bytes(body.done());
  return node.done();
}

/** The extents of an extent node that lies in `chunkId`. Throws `malformed`, `format-unsupported`. */
export function decodeExtentNode(bytes: Uint8Array, chunkId: ChunkId): Extent[] {
  const reader = new Reader(bytes);
  const table = readVersionAndTable(reader, chunkId);
  const extents = readExtents(reader, table);
  reader.end();
  return extents;
}

/** Throws `malformed` unless the extents add up to the file's size. */
export function checkSize(extents: readonly Extent[], sizeBytes: number): void {
  if (extents.reduce((sum, extent) => sum + extent.lengthBytes, 0) !== sizeBytes) {
    throw new HoldfastError('malformed', { detail: 'file size and extents differ' });
  }
}

/** Whether `name` is one path part that can't leave its folder. */
export function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

function checkOrder(previous: Entry | undefined, entry: Entry): void {
  if (previous !== undefined && compareNames(previous.name, entry.name) >= 0) {
    throw new HoldfastError('malformed', { detail: 'entries out of order' });
  }
}

class ChunkTable {
  readonly ids: ChunkId[] = [];
  readonly #places = new Map<ChunkId, number>([[THIS_CHUNK, 0]]);

  placeOf(chunkId: ChunkId): number {
    const known = this.#places.get(chunkId);
    if (known !== undefined) return known;
    this.ids.push(chunkId);
    this.#places.set(chunkId, this.ids.length);
    return this.ids.length;
  }
}

function writeTable(writer: Writer, table: ChunkTable): void {
  writer.varint(table.ids.length);
  for (const id of table.ids) writer.bytes(idBytes(id));
}

/** Place -> chunk id; place 0 is the node's own chunk. */
function readVersionAndTable(reader: Reader, chunkId: ChunkId): ChunkId[] {
  const version = reader.u8();
  if (version !== VERSION) throw new HoldfastError('format-unsupported', { detail: 'node' });
  const table: ChunkId[] = [chunkId];
  const length = bounded(reader.varint(), reader.remaining / HASH_ID_BYTES);
  for (let i = 0; i < length; i++) table.push(idFromBytes<ChunkId>(reader.bytes(HASH_ID_BYTES)));
  return table;
}

function writeEntry(writer: Writer, entry: Entry, table: ChunkTable): void {
  const name = utf8(entry.name);
  if (name.length > MAX_ENTRY_NAME_BYTES) throw new HoldfastError('name-too-long');
  if (!isSafeName(entry.name)) throw new HoldfastError('path-unsafe');
  writer.u8(kindByte(entry));
  writer.varint(name.length);
  writer.bytes(name);
  if (entry.kind === 'folder') {
    writeExtents(writer, entry.nodes, table);
    return;
  }
  writer.varint(entry.sizeBytes);
  writer.varint(zigzag(entry.modifiedAtMs));
  writeDigest(writer, entry);
  writeExtents(writer, entry.content.kind === 'extents' ? entry.content.extents : entry.content.nodes, table);
}

function writeDigest(writer: Writer, { content, sizeBytes, digest }: FileEntry): void {
  const isWanted = content.kind === 'extents' && isBundled(sizeBytes);
  if (isWanted !== (digest !== undefined)) throw new HoldfastError('malformed', { detail: 'content digest' });
  if (digest !== undefined) writer.bytes(idBytes(digest));
}

function kindByte(entry: Entry): number {
  if (entry.kind === 'folder') return KIND_FOLDER;
  const kind = entry.content.kind === 'extents' ? KIND_FILE : KIND_LARGE_FILE;
  return entry.changedWhileRead === true ? kind | CHANGED_WHILE_READ : kind;
}

function writeExtents(writer: Writer, extents: readonly Extent[], table: ChunkTable): void {
  writer.varint(extents.length);
  for (const extent of extents) {
    writer.varint(table.placeOf(extent.chunkId));
    writer.varint(extent.offset);
    writer.varint(extent.lengthBytes);
  }
}

function readEntry(reader: Reader, table: readonly ChunkId[]): Entry {
  const kindAndMark = reader.u8();
  const name = readName(reader);
  if (kindAndMark === KIND_FOLDER) return { kind: 'folder', name, nodes: readExtents(reader, table) };
  const kind = kindAndMark & ~CHANGED_WHILE_READ;
  if (kind !== KIND_FILE && kind !== KIND_LARGE_FILE) {
    throw new HoldfastError('malformed', { detail: 'unknown kind of entry' });
  }
  const file = readFileFacts(reader, name, kind !== kindAndMark);
  return kind === KIND_LARGE_FILE
    ? { ...file, content: { kind: 'nodes', nodes: readExtents(reader, table) } }
    : readContent(reader, file, table);
}

function readFileFacts(
  reader: Reader,
  name: string,
  changedWhileRead: boolean,
): Omit<FileEntry, 'content' | 'digest'> {
  const sizeBytes = reader.varint();
  const modifiedAtMs = unzigzag(reader.varint());
  const file = { kind: 'file', name, sizeBytes, modifiedAtMs } as const;
  return changedWhileRead ? { ...file, changedWhileRead } : file;
}

function readContent(
  reader: Reader,
  file: Omit<FileEntry, 'content' | 'digest'>,
  table: readonly ChunkId[],
): FileEntry {
  const { sizeBytes } = file;
  const digest = isBundled(sizeBytes)
    ? { digest: idFromBytes<ContentDigest>(reader.bytes(DIGEST_BYTES)) }
    : {};
  const extents = readExtents(reader, table);
  checkSize(extents, sizeBytes);
  return { ...file, content: { kind: 'extents', extents }, ...digest };
}

function readName(reader: Reader): string {
  const name = reader.text(bounded(reader.varint(), MAX_ENTRY_NAME_BYTES));
  if (!isSafeName(name)) throw new HoldfastError('path-unsafe');
  return name;
}

function readExtents(reader: Reader, table: readonly ChunkId[]): Extent[] {
  const count = bounded(reader.varint(), reader.remaining / 3);
  const extents: Extent[] = [];
  for (let i = 0; i < count; i++) {
    const chunkId = table[reader.varint()];
    if (chunkId === undefined) throw new HoldfastError('malformed', { detail: 'unknown chunk place' });
    extents.push({ chunkId, offset: reader.varint(), lengthBytes: reader.varint() });
  }
  return extents;
}

function bounded(count: number, max: number): number {
  if (count > max) throw new HoldfastError('malformed', { detail: 'count beyond the input' });
  return count;
}

/** A time beyond the bounds is kept as the nearest within. */
function zigzag(timeMs: number): number {
  const kept = Math.max(MIN_TIME_MS, Math.min(MAX_TIME_MS, timeMs));
  return kept < 0 ? -2 * kept - 1 : 2 * kept;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
