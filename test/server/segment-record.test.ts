import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../shared/errors.ts';
import type { AccountId, ChunkId, RefPageId, SnapshotId, VaultId } from '../../shared/ids.ts';
import { decodeSegmentHeader, encodeSegmentHeader } from '../../server/store/disk/segment-header.ts';
import {
  decodeAccountBody,
  decodeSnapshotBody,
  encodeAccountBody,
  encodeSnapshotBody,
} from '../../server/store/record-bodies.ts';
import {
  MAX_BODY_BYTES,
  MAX_HEAD_BYTES,
  decodeHead,
  encodeHead,
  headBytes,
  MARKS,
} from '../../server/store/segment-record.ts';
import type { RecordHead } from '../../server/store/segment-record.ts';

const marker = randomBytes(16);

function hex<T extends string>(bytes: number): fc.Arbitrary<T> {
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((id) => Buffer.from(id).toString('hex') as T);
}
/** Objects as the code makes them. */
function plain<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true });
}
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const common = { vaultId: hex<VaultId>(16), bodyChecksum: u32 };

const anyHead: fc.Arbitrary<RecordHead> = fc.oneof(
  plain({
    type: fc.constant('piece' as const),
    chunkId: hex<ChunkId>(32),
    attempt: u64,
    seq: u64,
    index: fc.integer({ min: 0, max: 65_535 }),
    last: fc.boolean(),
    ...common,
  }),
  plain({ type: fc.constant('ref-page' as const), pageId: hex<RefPageId>(32), seq: u64, ...common }),
  plain({
    type: fc.constant('snapshot' as const),
    snapshotId: hex<SnapshotId>(16),
    seq: u64,
    receivedAtMs: u64,
    ...common,
  }),
  plain({ type: fc.constant('account' as const), accountId: hex<AccountId>(16), revision: u64, ...common }),
  plain({
    type: fc.constant('mark' as const),
    mark: fc.constantFrom(...MARKS),
    seq: u64,
    markedAtMs: u64,
    ...common,
  }),
);
const anyBodyBytes = fc.integer({ min: 0, max: MAX_BODY_BYTES });

function encoded(head: RecordHead, bodyBytes: number): Uint8Array {
  return encodeHead(head, bodyBytes, marker, new Uint8Array(MAX_HEAD_BYTES));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    return error.code;
  }
  return 'nothing thrown';
}

test('a head decodes to what it was made of, whatever follows it, and has its type’s size', () => {
  fc.assert(
    fc.property(anyHead, anyBodyBytes, fc.uint8Array({ maxLength: 50 }), (head, bodyBytes, behind) => {
      const bytes = encoded(head, bodyBytes);
      assert.equal(bytes.length, headBytes(head.type));
      assert.deepEqual(decodeHead(Buffer.concat([bytes, behind]), marker), { head, bodyBytes });
    }),
  );
});

test('a head with any one bit flipped is no head', () => {
  fc.assert(
    fc.property(anyHead, anyBodyBytes, fc.nat(), (head, bodyBytes, place) => {
      const bytes = Uint8Array.from(encoded(head, bodyBytes));
      const bit = place % (8 * bytes.length);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(
        codeOf(() => decodeHead(bytes, marker)),
        'malformed',
      );
    }),
  );
});

test('a head that is cut short is no head', () => {
  fc.assert(
    fc.property(anyHead, fc.nat(), (head, cut) => {
      const bytes = encoded(head, 5);
      assert.equal(
        codeOf(() => decodeHead(bytes.subarray(0, cut % bytes.length), marker)),
        'malformed',
      );
    }),
  );
});

test('random bytes are no head, also behind the right marker', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      assert.equal(
        codeOf(() => decodeHead(Buffer.concat([marker, bytes]), marker)),
        'malformed',
      );
    }),
  );
});

test('a record that a client forged inside a piece has the wrong marker', () => {
  const forged = encodeHead(
    {
      type: 'ref-page',
      vaultId: 'ab'.repeat(16) as VaultId,
      pageId: 'cd'.repeat(32) as RefPageId,
      seq: 1,
      bodyChecksum: 0,
    },
    0,
    randomBytes(16),
    new Uint8Array(MAX_HEAD_BYTES),
  );
  assert.equal(
    codeOf(() => decodeHead(forged, marker)),
    'malformed',
  );
});

test('a body beyond the largest is refused', () => {
  const head = {
    type: 'ref-page',
    vaultId: 'ab'.repeat(16) as VaultId,
    pageId: 'cd'.repeat(32) as RefPageId,
    seq: 1,
  } as const;
  assert.equal(
    codeOf(() => encoded({ ...head, bodyChecksum: 0 }, MAX_BODY_BYTES + 1)),
    'too-large',
  );
});

test('snapshot bodies decode to what they were made of and leave nothing over', () => {
  const body = plain({ sealed: fc.uint8Array({ maxLength: 500 }), refPages: fc.array(hex<RefPageId>(32)) });
  fc.assert(
    fc.property(body, (value) => {
      const bytes = encodeSnapshotBody(value);
      assert.deepEqual(decodeSnapshotBody(bytes), value);
      assert.equal(
        codeOf(() => decodeSnapshotBody(Buffer.concat([bytes, Buffer.alloc(1)]))),
        'malformed',
      );
    }),
  );
});

test('account bodies decode to what they were made of', () => {
  const wrapped = fc.uint8Array({ maxLength: 256 });
  const account = plain({
    accountId: hex<AccountId>(16),
    revision: u64,
    createdAtMs: u64,
    name: fc.string({ maxLength: 20 }),
    foldedName: fc.string({ maxLength: 20 }),
    role: fc.constantFrom('admin' as const, 'user' as const),
    inviteHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    vault: plain({
      vaultId: hex<VaultId>(16),
      keys: fc.array(plain({ epoch: u32, wrappedVaultKey: wrapped }), { maxLength: 5 }),
    }),
    credentials: fc.array(
      plain({
        kind: fc.constantFrom('password' as const, 'recovery' as const),
        record: fc.string({ maxLength: 100 }),
        wrappedAccountKey: wrapped,
      }),
      { maxLength: 2 },
    ),
  });
  fc.assert(
    fc.property(account, (value) => {
      assert.deepEqual(decodeAccountBody(encodeAccountBody(value)), value);
    }),
  );
});

test('a segment’s header gives its marker back, for its own number and unharmed only', () => {
  const header = encodeSegmentHeader(7, marker);
  assert.deepEqual(decodeSegmentHeader(header, 7), Uint8Array.from(marker));
  assert.equal(decodeSegmentHeader(header, 8), undefined);
  assert.equal(decodeSegmentHeader(header.subarray(0, 20), 7), undefined);
  for (let place = 0; place < header.length; place++) {
    const harmed = Uint8Array.from(header);
    harmed[place] = (harmed[place] ?? 0) ^ 0x10;
    assert.equal(decodeSegmentHeader(harmed, 7), undefined, `byte ${place}`);
  }
});
