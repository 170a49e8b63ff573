/**
 * The fixed header before every message (PROTOCOL.md, Frames):
 *
 *   version u8 || kind u8 || reserved u16 = 0 || requestId u32 || payloadBytes u32
 */
import { Reader } from '../bytes.ts';
import type { Writer } from '../bytes.ts';
import { HoldfastError } from '../errors.ts';
import { MAX_PAYLOAD_BYTES } from '../limits.ts';

const WIRE_VERSION = 1;
export const FRAME_HEADER_BYTES = 12;
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + MAX_PAYLOAD_BYTES;

export interface Frame {
  readonly kind: number;
  /** Chosen by the asking side, repeated in every answer; 0 for what nobody asked for. */
  readonly requestId: number;
  /** A view of the frame's bytes. */
  readonly payload: Uint8Array;
}

/** Writes the header; the payload's bytes must follow. */
export function writeFrameHeader(
  writer: Writer,
  kind: number,
  requestId: number,
  payloadBytes: number,
): void {
  writer.u8(WIRE_VERSION);
  writer.u8(kind);
  writer.u16(0);
  writer.u32(requestId);
  writer.u32(payloadBytes);
}

/**
 * The frame in `bytes`, whose payload is a view of them.
 * Throws `version-unsupported`, `too-large`, or `malformed` if the length isn't exactly right.
 */
export function readFrame(bytes: Uint8Array): Frame {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== WIRE_VERSION) {
    throw new HoldfastError('version-unsupported', { detail: `wire version ${String(version)}` });
  }
  const kind = reader.u8();
  if (reader.u16() !== 0) throw new HoldfastError('malformed', { detail: 'reserved bits are set' });
  const requestId = reader.u32();
  const payloadBytes = reader.u32();
  if (payloadBytes > MAX_PAYLOAD_BYTES) throw new HoldfastError('too-large');
  const payload = reader.bytes(payloadBytes);
  reader.end();
  return { kind, requestId, payload };
}
