/**
 * The records of a zip file (PKWARE's APPNOTE 6.3): stored entries with UTF-8 names, sizes and offsets of 64 bits
 * where 32 are too few, times exact to a tenth of a microsecond for those who read NTFS's field, to a second
 * for those who read Unix's, and to two for the rest.
 */
import { Writer } from '../../../../shared/bytes.ts';

export interface ZipEntry {
  /** Ends in `/` for a folder. */
  readonly name: Uint8Array;
  readonly isFolder: boolean;
  readonly modifiedAtMs: number;
  /** Whether size and checksum follow the content: they are not known before it. */
  readonly hasDescriptor: boolean;
}

export interface ZipContent {
  readonly crc32: number;
  readonly sizeBytes: number;
}

const LOCAL_HEADER = 0x0403_4b50;
const DESCRIPTOR = 0x0807_4b50;
const CENTRAL_HEADER = 0x0201_4b50;
const END_64 = 0x0606_4b50;
const END_64_LOCATOR = 0x0706_4b50;
const END = 0x0605_4b50;

const ZIP64_FIELD = 0x0001;
const NTFS_FIELD = 0x000a;
const UNIX_TIME_FIELD = 0x5455;

const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;
const STORED = 0;
/** Version 2.0 knows folders, 4.5 sizes of 64 bits. */
const NEEDS_PLAIN = 20;
const NEEDS_64 = 45;
const MADE_ON_UNIX = (3 << 8) | NEEDS_64;
/** Unix's mode, and DOS's attributes behind it. */
const ATTRIBUTES_FILE = 0o100644 * 2 ** 16;
const ATTRIBUTES_FOLDER = 0o040755 * 2 ** 16 + 0x10;

const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;

const NOTHING: ZipContent = { crc32: 0, sizeBytes: 0 };

/**
 * What comes before an entry's content, about `sizeBytes` of it. With a descriptor `content` isn't told: nothing
 * is known of it yet.
 */
export function localHeader(
  entry: ZipEntry,
  sizeBytes: number,
  content: ZipContent = NOTHING,
): Uint8Array<ArrayBuffer> {
  const is64 = sizeBytes >= MAX_32;
  const extra = new Writer();
  if (is64) writeZip64(extra, [content.sizeBytes, content.sizeBytes]);
  writeTimes(extra, entry.modifiedAtMs);
  const header = new Writer();
  header.u32(LOCAL_HEADER);
  writeCommon(header, entry, content, { needs64: is64, hasLongSizes: is64 });
  header.u16(entry.name.length);
  header.u16(extra.length);
  header.bytes(entry.name);
  header.bytes(extra.done());
  return header.done();
}

/** What comes after the content of an entry that has a descriptor. `sizeBytes` is what its header was told. */
export function descriptor(content: ZipContent, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const record = new Writer();
  record.u32(DESCRIPTOR);
  record.u32(content.crc32);
  for (let twice = 0; twice < 2; twice++) {
    if (sizeBytes >= MAX_32) record.u64(content.sizeBytes);
    else record.u32(content.sizeBytes);
  }
  return record.done();
}

/** An entry of the directory at the end; `offset` is where its local header begins. */
export function centralHeader(entry: ZipEntry, content: ZipContent, offset: number): Uint8Array<ArrayBuffer> {
  const hasLongSizes = content.sizeBytes >= MAX_32;
  const beyond32 = hasLongSizes ? [content.sizeBytes, content.sizeBytes] : [];
  if (offset >= MAX_32) beyond32.push(offset);
  const needs64 = beyond32.length > 0;
  const extra = new Writer();
  if (needs64) writeZip64(extra, beyond32);
  writeTimes(extra, entry.modifiedAtMs);
  const header = new Writer();
  header.u32(CENTRAL_HEADER);
  header.u16(MADE_ON_UNIX);
  writeCommon(header, entry, content, { needs64, hasLongSizes });
  header.u16(entry.name.length);
  header.u16(extra.length);
  header.u16(0); // no comment
  header.u16(0); // disk
  header.u16(0); // internal attributes
  header.u32(entry.isFolder ? ATTRIBUTES_FOLDER : ATTRIBUTES_FILE);
  header.u32(Math.min(offset, MAX_32));
  header.bytes(entry.name);
  header.bytes(extra.done());
  return header.done();
}

/** The end of the file, after a directory of `entries` that takes `directoryBytes` from `offset` on. */
export function endOfDirectory(
  entries: number,
  directoryBytes: number,
  offset: number,
): Uint8Array<ArrayBuffer> {
  const end = new Writer();
  if (entries >= MAX_16 || directoryBytes >= MAX_32 || offset >= MAX_32) {
    writeEnd64(end, entries, directoryBytes, offset);
  }
  end.u32(END);
  end.u16(0); // this disk
  end.u16(0); // the directory's disk
  end.u16(Math.min(entries, MAX_16));
  end.u16(Math.min(entries, MAX_16));
  end.u32(Math.min(directoryBytes, MAX_32));
  end.u32(Math.min(offset, MAX_32));
  end.u16(0); // no comment
  return end.done();
}

function writeEnd64(end: Writer, entries: number, directoryBytes: number, offset: number): void {
  end.u32(END_64);
  end.u64(44); // bytes that follow
  end.u16(MADE_ON_UNIX);
  end.u16(NEEDS_64);
  end.u32(0); // this disk
  end.u32(0); // the directory's disk
  end.u64(entries);
  end.u64(entries);
  end.u64(directoryBytes);
  end.u64(offset);
  end.u32(END_64_LOCATOR);
  end.u32(0); // the record's disk
  end.u64(offset + directoryBytes);
  end.u32(1); // disks in all
}

/** What local and central headers have in common. */
function writeCommon(
  header: Writer,
  entry: ZipEntry,
  { crc32, sizeBytes }: ZipContent,
  { needs64, hasLongSizes }: { readonly needs64: boolean; readonly hasLongSizes: boolean },
): void {
  const { time, date } = dosTime(entry.modifiedAtMs);
  header.u16(needs64 ? NEEDS_64 : NEEDS_PLAIN);
  header.u16(entry.hasDescriptor ? FLAG_UTF8 | FLAG_DESCRIPTOR : FLAG_UTF8);
  header.u16(STORED);
  header.u16(time);
  header.u16(date);
  header.u32(crc32);
  for (let twice = 0; twice < 2; twice++) header.u32(hasLongSizes ? MAX_32 : sizeBytes);
}

function writeZip64(extra: Writer, values: readonly number[]): void {
  extra.u16(ZIP64_FIELD);
  extra.u16(8 * values.length);
  for (const value of values) extra.u64(value);
}

/** Milliseconds from 1601, where NTFS's time begins, to 1970. */
const NTFS_EPOCH_MS = 11_644_473_600_000;
const NTFS_END_MS = Number(2n ** 63n / 10_000n) - NTFS_EPOCH_MS;

/** A field that can't hold the time is left out. */
function writeTimes(extra: Writer, modifiedAtMs: number): void {
  if (modifiedAtMs >= -NTFS_EPOCH_MS && modifiedAtMs < NTFS_END_MS) {
    const ticks = BigInt(modifiedAtMs + NTFS_EPOCH_MS) * 10_000n;
    extra.u16(NTFS_FIELD);
    extra.u16(32);
    extra.u32(0); // reserved
    extra.u16(1); // times follow
    extra.u16(24);
    // Modified, read, made: only the first is known.
    for (let thrice = 0; thrice < 3; thrice++) {
      extra.u32(Number(BigInt.asUintN(32, ticks)));
      extra.u32(Number(ticks >> 32n));
    }
  }
  const seconds = Math.floor(modifiedAtMs / 1_000);
  if (seconds !== (seconds | 0)) return;
  extra.u16(UNIX_TIME_FIELD);
  extra.u16(5);
  extra.u8(1); // only the time of the last change
  extra.u32(seconds >>> 0);
}

const DOS_START = { time: 0, date: (1 << 5) | 1 };
const DOS_END = { time: (23 << 11) | (59 << 5) | 29, date: (127 << 9) | (12 << 5) | 31 };

/** Local time from 1980 to 2107, as nobody else would have it. */
function dosTime(timeMs: number): { readonly time: number; readonly date: number } {
  const at = new Date(timeMs);
  const year = at.getFullYear() - 1980;
  if (year < 0) return DOS_START;
  if (year > 127) return DOS_END;
  return {
    time: (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1),
    date: (year << 9) | ((at.getMonth() + 1) << 5) | at.getDate(),
  };
}
