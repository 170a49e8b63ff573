import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Writer, fromHex, toHex } from '../../shared/bytes.ts';
import { MAX_PAYLOAD_BYTES } from '../../shared/limits.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, readFrame, writeFrameHeader } from '../../shared/wire/frame.ts';
import { bytesUpTo } from '../helpers/arbitraries.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

function frameOf(kind: number, requestId: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writeFrameHeader(writer, kind, requestId, payload.length);
  writer.bytes(payload);
  return writer.done();
}

describe('a frame', () => {
  it('has the header that PROTOCOL.md gives it', () => {
    assert.equal(toHex(frameOf(0x21, 0x01020304, fromHex('aabb'))), '01210000040302010200' + '0000aabb');
    assert.equal(frameOf(0, 0, new Uint8Array(0)).length, FRAME_HEADER_BYTES);
  });

  it('gives back kind, request id and payload', () => {
    fc.assert(
      fc.property(fc.nat(0xff), fc.nat(0xffff_ffff), bytesUpTo(100), (kind, requestId, payload) => {
        const frame = readFrame(frameOf(kind, requestId, payload));
        assert.deepEqual(
          { ...frame, payload: toHex(frame.payload) },
          { kind, requestId, payload: toHex(payload) },
        );
      }),
    );
  });

  it('lends its payload as a view', () => {
    const bytes = frameOf(1, 1, new Uint8Array(5));
    assert.equal(readFrame(bytes).payload.buffer, bytes.buffer);
  });

  it('is refused when it is cut short or goes on behind its end', () => {
    const bytes = frameOf(0x21, 7, new Uint8Array(50));
    for (let length = 0; length < bytes.length; length++) {
      assertThrowsCode(() => readFrame(bytes.subarray(0, length)), 'malformed');
    }
    assertThrowsCode(() => readFrame(new Uint8Array([...bytes, 0])), 'malformed');
  });

  it('is refused in another version before anything else is looked at', () => {
    for (const version of [0, 2, 255]) {
      assertThrowsCode(() => readFrame(new Uint8Array([version])), 'version-unsupported');
      assertThrowsCode(() => readFrame(new Uint8Array(20).fill(version)), 'version-unsupported');
    }
  });

  it('is refused with reserved bits set', () => {
    for (let bit = 0; bit < 16; bit++) {
      const bytes = frameOf(1, 1, new Uint8Array(2));
      new DataView(bytes.buffer).setUint16(2, 1 << bit, true);
      assertThrowsCode(() => readFrame(bytes), 'malformed');
    }
  });

  it('holds a payload of the limit and none above it', () => {
    const largest = frameOf(1, 1, new Uint8Array(MAX_PAYLOAD_BYTES));
    assert.equal(largest.length, MAX_FRAME_BYTES);
    assert.equal(readFrame(largest).payload.length, MAX_PAYLOAD_BYTES);
    assertThrowsCode(() => readFrame(frameOf(1, 1, new Uint8Array(MAX_PAYLOAD_BYTES + 1))), 'too-large');
    // Judged by the header, before the payload is there.
    assertThrowsCode(() => readFrame(fromHex('0101000001000000ffffffff')), 'too-large');
  });

  it('of any bytes is a frame or a coded error', () => {
    fc.assert(
      fc.property(bytesUpTo(40), fc.boolean(), (bytes, versioned) => {
        if (versioned) bytes.fill(1, 0, 1);
        orCodedError(() => readFrame(bytes));
      }),
    );
  });
});
