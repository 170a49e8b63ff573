import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../shared/bytes.ts';
import type { ChunkId, RefPageId, SnapshotId } from '../../shared/ids.ts';
import {
  MARK_STATEMENT_BYTES,
  MAX_CHANGED_CHUNKS,
  MAX_CHANGED_MARKS,
  MAX_CHANGED_SNAPSHOTS_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_REFS_IN_PAGE,
  MAX_REF_PAGES,
  MAX_SNAPSHOT_BYTES,
  PIECE_BYTES,
  TAG_BYTES,
} from '../../shared/limits.ts';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import {
  CLIENT_MESSAGES,
  SERVER_MESSAGES,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from '../../shared/wire/messages.ts';
import type { ClientMessage, Received } from '../../shared/wire/messages.ts';
import { bytesUpTo } from '../helpers/arbitraries.ts';
import { ANY_CLIENT_MESSAGE, ANY_SERVER_MESSAGE, u32 } from '../helpers/any-message.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

interface Side {
  readonly title: string;
  readonly table: Readonly<Record<string, { readonly kind: number }>>;
  readonly messages: ReadonlyMap<string, fc.Arbitrary<{ readonly type: string }>>;
  readonly encode: (
    message: never,
    requestId: number,
    target?: Uint8Array<ArrayBuffer>,
  ) => Uint8Array<ArrayBuffer>;
  readonly decode: (frame: Uint8Array) => Received<{ readonly type: string }>;
}

const SIDES: readonly Side[] = [
  {
    title: 'the client’s messages',
    table: CLIENT_MESSAGES,
    messages: ANY_CLIENT_MESSAGE,
    encode: encodeClientMessage,
    decode: decodeClientMessage,
  },
  {
    title: 'the server’s messages',
    table: SERVER_MESSAGES,
    messages: ANY_SERVER_MESSAGE,
    encode: encodeServerMessage,
    decode: decodeServerMessage,
  },
];

/** The only messages whose end is where the frame ends. */
const OPEN_ENDED = new Set(['put-piece', 'piece', 'part']);

/** The frame with its last `cut` bytes away, or `extra` behind it, and a header that agrees. */
function resized(frame: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  bytes.set(frame.subarray(0, length));
  new DataView(bytes.buffer).setUint32(8, length - FRAME_HEADER_BYTES, true);
  return bytes;
}

for (const { title, table, messages, encode, decode } of SIDES) {
  const types = Object.keys(table);
  const anyFrame = (type: string): fc.Arbitrary<Uint8Array<ArrayBuffer>> => {
    const message = messages.get(type);
    assert.ok(message, type);
    return fc.tuple(message, u32).map(([value, requestId]) => encode(value as never, requestId));
  };
  const oneOfTheTable = fc.constantFrom(...types).chain(anyFrame);

  describe(title, () => {
    it('have a kind byte each', () => {
      assert.equal(new Set(Object.values(table).map(({ kind }) => kind)).size, types.length);
    });

    for (const type of types) {
      it(`come back as they were sent: ${type}`, () => {
        const message = messages.get(type);
        assert.ok(message);
        fc.assert(
          fc.property(message, u32, (value, requestId) => {
            const frame = encode(value as never, requestId);
            const received = decode(frame);
            assert.deepEqual(received.message, value);
            assert.equal(received.requestId, requestId);
            assert.equal(received.payloadBytes, frame.length - FRAME_HEADER_BYTES);
            assert.equal(toHex(encode(received.message as never, requestId)), toHex(frame));
          }),
        );
      });

      it(`are refused when a byte is missing or one too many: ${type}`, () => {
        fc.assert(
          fc.property(anyFrame(type), (frame) => {
            assertThrowsCode(() => decode(new Uint8Array([...frame, 0])), 'malformed');
            if (!OPEN_ENDED.has(type))
              assertThrowsCode(() => decode(resized(frame, frame.length + 1)), 'malformed');
            for (let length = 0; length < frame.length; length += 1 + (length >> 6)) {
              assertThrowsCode(() => decode(frame.subarray(0, length)), 'malformed');
              if (length < FRAME_HEADER_BYTES || OPEN_ENDED.has(type)) continue;
              assertThrowsCode(() => decode(resized(frame, length)), 'malformed');
            }
          }),
          { numRuns: 10 },
        );
      });
    }

    it('have one form each: whatever is understood is written back as the same bytes', () => {
      const damaged = fc.tuple(oneOfTheTable, fc.nat(), fc.nat(0xff)).map(([frame, place, byte]) => {
        frame[place % frame.length] = byte;
        return frame;
      });
      fc.assert(
        fc.property(damaged, (frame) => {
          const received = orCodedError(() => decode(frame));
          if (received === undefined) return;
          assert.equal(toHex(encode(received.message as never, received.requestId)), toHex(frame));
        }),
        { numRuns: 2_000 },
      );
    });

    it('made of any bytes are messages or coded errors', () => {
      fc.assert(
        fc.property(fc.constantFrom(...types), bytesUpTo(200), fc.boolean(), (type, bytes, framed) => {
          const kind = table[type]?.kind ?? 0;
          const frame = resized(
            new Uint8Array([1, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...bytes]),
            12 + bytes.length,
          );
          orCodedError(() => decode(framed ? frame : bytes));
        }),
        { numRuns: 2_000 },
      );
    });

    it('of an unknown kind are refused as that', () => {
      const known = new Set(Object.values(table).map(({ kind }) => kind));
      for (let kind = 0; kind < 256; kind++) {
        if (known.has(kind)) continue;
        assertThrowsCode(
          () => decode(new Uint8Array([1, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
          'unknown-kind',
        );
      }
      assertThrowsCode(() => encode({ type: 'no-such-message' } as never, 1), 'unknown-kind');
    });

    it('fill the buffer that they are given, and say when it is too small', () => {
      fc.assert(
        fc.property(oneOfTheTable, (frame) => {
          const { message, requestId } = decode(frame);
          const target = new Uint8Array(frame.length + 3);
          const written = encode(message as never, requestId, target);
          assert.equal(written.buffer, target.buffer);
          assert.equal(toHex(written), toHex(frame));
          const small = new Uint8Array(frame.length - 1);
          assertThrowsCode(() => encode(message as never, requestId, small), 'too-large');
        }),
      );
    });
  });
}

describe('a frame’s limit', () => {
  const ids = <T extends string>(count: number): T[] =>
    Array.from({ length: count }, () => 'ab'.repeat(32) as T);

  it('holds the largest of every message that has a limit', () => {
    const largest: readonly ClientMessage[] = [
      {
        type: 'put-piece',
        chunkId: 'ab'.repeat(32) as ChunkId,
        index: 0,
        last: false,
        checksum: 0,
        // Piece 0 carries version, epoch and salt too.
        sealed: new Uint8Array(1 + 4 + 32 + PIECE_BYTES + TAG_BYTES),
      },
      { type: 'put-refs', pageId: 'ab'.repeat(32) as RefPageId, chunkIds: ids(MAX_REFS_IN_PAGE) },
      {
        type: 'commit-snapshot',
        snapshotId: 'ab'.repeat(16) as SnapshotId,
        sealed: new Uint8Array(MAX_SNAPSHOT_BYTES),
        refPages: ids(MAX_REF_PAGES),
      },
    ];
    for (const message of largest) {
      assert.deepEqual(decodeClientMessage(encodeClientMessage(message, 1)).message, message);
    }
    const sealed = new Uint8Array(MAX_SNAPSHOT_BYTES);
    const snapshot = { seq: 1, snapshotId: 'ab'.repeat(16) as SnapshotId, receivedAtMs: 1, sealed };
    const { snapshotId } = snapshot;
    const statement = new Uint8Array(MARK_STATEMENT_BYTES);
    const mark = { seq: 1, snapshotId, mark: 'trashed', markedAtMs: 1, eraseAtMs: 2, statement } as const;
    const changes = {
      type: 'changes',
      nextSeq: 1,
      headSeq: 1,
      chunkIds: new Uint8Array(32 * MAX_CHANGED_CHUNKS),
      snapshots: Array.from({ length: MAX_CHANGED_SNAPSHOTS_BYTES / MAX_SNAPSHOT_BYTES }, () => snapshot),
      removedChunkIds: new Uint8Array(0),
      marks: Array.from({ length: MAX_CHANGED_MARKS }, () => mark),
      erasedSnapshotIds: Array.from({ length: MAX_CHANGED_MARKS }, () => snapshot.snapshotId),
    } as const;
    assert.deepEqual(decodeServerMessage(encodeServerMessage(changes, 1)).message, changes);
  });

  it('refuses lists beyond theirs, written or read', () => {
    const pageId = 'ab'.repeat(32) as RefPageId;
    const tooMany = { type: 'put-refs', pageId, chunkIds: ids<ChunkId>(MAX_REFS_IN_PAGE + 1) } as const;
    assertThrowsCode(() => encodeClientMessage(tooMany, 1), 'malformed');
    const full = encodeClientMessage({ ...tooMany, chunkIds: ids<ChunkId>(MAX_REFS_IN_PAGE) }, 1);
    const one = resized(full, full.length + 32);
    new DataView(one.buffer).setUint32(FRAME_HEADER_BYTES + 32, MAX_REFS_IN_PAGE + 1, true);
    assertThrowsCode(() => decodeClientMessage(one), 'malformed');
  });

  it('is never passed by what is written: nobody could read it', () => {
    const message = {
      type: 'piece',
      index: 0,
      last: true,
      checksum: 0,
      sealed: new Uint8Array(MAX_PAYLOAD_BYTES),
    } as const;
    assertThrowsCode(() => encodeServerMessage(message, 1), 'too-large');
  });
});
