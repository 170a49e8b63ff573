/**
 * How a file may be shown without anything in it ever running: by the name's ending where that is clear,
 * else by a look at its first bytes. Types are ours alone: never one that a browser treats as a page.
 */
export type PreviewKind = 'image' | 'audio' | 'video' | 'text' | 'pdf' | 'none';

export interface PreviewType {
  readonly kind: PreviewKind;
  /** The media type to give the browser. */
  readonly contentType: string;
}

const NONE: PreviewType = { kind: 'none', contentType: 'application/octet-stream' };
const TEXT: PreviewType = { kind: 'text', contentType: 'text/plain' };

const MEDIA: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  aac: 'audio/aac',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  m4v: 'video/mp4',
  mov: 'video/mp4',
  mp4: 'video/mp4',
  ogv: 'video/ogg',
  webm: 'video/webm',
  pdf: 'application/pdf',
};

/** How a file of that name is shown; undefined where its first bytes have to tell. */
export function previewTypeOf(name: string): PreviewType | undefined {
  const dot = name.lastIndexOf('.');
  const ending = dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
  const contentType = Object.hasOwn(MEDIA, ending) ? MEDIA[ending] : undefined;
  if (contentType === undefined) return undefined;
  return { kind: kindOf(contentType), contentType };
}

function kindOf(contentType: string): PreviewKind {
  if (contentType === 'application/pdf') return 'pdf';
  return contentType.slice(0, contentType.indexOf('/')) as PreviewKind;
}

/** How a file that begins with `bytes` is shown, where its name doesn't tell: as text or not at all. */
export function previewTypeOfBytes(bytes: Uint8Array): PreviewType {
  return encodingOf(bytes) === undefined ? NONE : TEXT;
}

export interface DecodedText {
  readonly text: string;
  /** As `TextDecoder` calls it. */
  readonly encoding: string;
}

const MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * The text that `bytes`, the beginning of a file, hold; undefined if they are no text. A byte order mark
 * tells the encoding, else UTF-8 where it fits, else Windows-1252.
 */
export function decodeText(bytes: Uint8Array): DecodedText | undefined {
  const encoding = encodingOf(bytes);
  if (encoding === undefined) return undefined;
  return { text: new TextDecoder(encoding).decode(bytes, { stream: true }), encoding };
}

function encodingOf(bytes: Uint8Array): string | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return marked[0];
  if (hasControls(bytes)) return undefined;
  return isUtf8(bytes) ? 'utf-8' : 'windows-1252';
}

/** Control characters that no text has; tabs, line ends, form feeds and escapes it may. */
function hasControls(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    // As a stream: the last character may be cut.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    // Not UTF-8: what `decodeText` then tries fits any bytes.
    return false;
  }
}
