/** The Range header of a request (RFC 9110, section 14). */

/** Bytes [startByte, endByte). */
export interface ByteRange {
  readonly startByte: number;
  readonly endByte: number;
}

const FROM = /^bytes=(\d+)-(\d*)$/;
const LAST = /^bytes=-(\d+)$/;

/**
 * The one range that `header` asks for of `sizeBytes`. `undefined` where it asks for none, for several, or for
 * what can't be understood: the whole is a right answer then. `unsatisfiable` if it lies behind the end.
 */
export function parseRange(header: string, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const last = LAST.exec(header);
  if (last !== null) return within(Math.max(0, sizeBytes - Number(last[1])), sizeBytes, sizeBytes);
  const [, from, to] = FROM.exec(header) ?? [];
  if (from === undefined) return undefined;
  const endByte = to ? Number(to) + 1 : Math.max(sizeBytes, Number(from) + 1);
  // A last byte before the first is no range at all.
  return endByte <= Number(from) ? undefined : within(Number(from), endByte, sizeBytes);
}

function within(startByte: number, endByte: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  const range = { startByte, endByte: Math.min(endByte, sizeBytes) };
  return range.startByte < range.endByte ? range : 'unsatisfiable';
}
