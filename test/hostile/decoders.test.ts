/**
 * Whatever bytes come, from a server or rightly sealed by a device that was taken over: each decoder gives a value or
 * an error with a code. None throws anything else, none takes longer or more memory than what it was given.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../shared/bytes.ts';
import { startRegistration, startSignIn } from '../../shared/crypto/opaque.ts';
import { deriveSealKey, importDerivationKey, seal, secureRandom } from '../../shared/crypto/primitives.ts';
import type { Bytes } from '../../shared/crypto/primitives.ts';
import { keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { unwrapKey } from '../../shared/crypto/wrapped-key.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { chunkIdOf } from '../../shared/format/chunk-id.ts';
import type { Zstd } from '../../shared/format/compression.ts';
import { decodeExtentNode, decodeFolderNode } from '../../shared/format/folder-node.ts';
import { openMarkStatement } from '../../shared/format/mark-statement.ts';
import { openChunk, sealChunk } from '../../shared/format/sealed-chunk.ts';
import { openSnapshot, snapshotLink } from '../../shared/format/sealed-snapshot.ts';
import { decodeSettings } from '../../shared/format/source-settings.ts';
import { idBytes } from '../../shared/ids.ts';
import type { ChunkId, SnapshotId } from '../../shared/ids.ts';
import { decodeServerMessage, encodeServerMessage } from '../../shared/wire/messages.ts';
import type { ServerMessage } from '../../shared/wire/messages.ts';
import { PartAssembler } from '../../shared/wire/parts.ts';
import { loadZstd } from '../../web/worker/zstd.ts';
import { bytesUpTo } from '../helpers/arbitraries.ts';
import { assertRejectsCode, orCodedError } from '../helpers/coded-errors.ts';
import { VAULT_ID, testKeyring } from '../helpers/vault.ts';

const keyring = await testKeyring();
const keyrings = keyringsOf([keyring]);
const realZstd = await loadZstd();
const SNAPSHOT = '0d'.repeat(16) as SnapshotId;
const CHUNK = 'ab'.repeat(32) as ChunkId;
const context = { kind: 'vault-key', owner: '0a'.repeat(16), keyId: '0b'.repeat(16), epoch: 1 } as const;
const wrappingKey = await deriveSealKey(await importDerivationKey(new Uint8Array(32)), 'wrap');

/** zstd that counts how often it was used. */
function countingZstd(): Zstd & { calls: number } {
  const counting = {
    calls: 0,
    compress: (content: Uint8Array) => realZstd.compress(content),
    estimate: (content: Uint8Array) => realZstd.estimate(content),
    decompress: (frame: Uint8Array): Uint8Array => {
      counting.calls += 1;
      return realZstd.decompress(frame);
    },
  };
  return counting;
}

/** Any bytes, half of them with the version and epoch that are right. */
const anyBytes = fc.oneof(
  bytesUpTo(300),
  bytesUpTo(300).map((bytes) => new Uint8Array([1, 1, 0, 0, 0, ...bytes])),
);

/** Fails unless what `decode` gives, or throws, is coded. */
async function assertCoded(
  decode: (bytes: Bytes) => unknown,
  bytes = anyBytes,
  numRuns = 300,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(bytes, async (each) => {
      try {
        await decode(each);
      } catch (error) {
        assert.ok(error instanceof HoldfastError && error.code !== 'internal', String(error));
      }
    }),
    { numRuns },
  );
}

describe('any bytes', () => {
  it('as a snapshot', async () => {
    await assertCoded(async (bytes) => openSnapshot(keyrings, SNAPSHOT, bytes));
    await assertCoded(async (bytes) => snapshotLink(keyrings, SNAPSHOT, bytes));
  });

  it('as a mark statement, of its length or another', async () => {
    await assertCoded(async (bytes) => openMarkStatement(keyrings, SNAPSHOT, bytes));
    const ofItsLength = fc.uint8Array({ minLength: 101, maxLength: 101 });
    const statements = ofItsLength.map((bytes) => new Uint8Array([1, 1, 0, 0, 0, ...bytes]));
    await assertCoded(async (bytes) => openMarkStatement(keyrings, SNAPSHOT, bytes), statements);
  });

  it('as a wrapped key', async () => {
    await assertCoded(async (bytes) => unwrapKey(wrappingKey, context, bytes));
  });

  it('as the pieces of a chunk: none gets as far as the decompressor, which no server can reach', async () => {
    const zstd = countingZstd();
    const cut = (bytes: Bytes): Bytes[] => [bytes.slice(0, 60), bytes.slice(60, 90), bytes.slice(90)];
    for (const pieces of [cut, (bytes: Bytes) => [bytes], () => []])
      await assertCoded(async (bytes) => openChunk(keyrings, 'content', CHUNK, pieces(bytes), zstd));
    assert.equal(zstd.calls, 0);
  });

  it('as folder nodes, extent nodes and settings', async () => {
    await assertCoded((bytes) => decodeFolderNode(bytes, CHUNK), anyBytes, 2_000);
    await assertCoded((bytes) => decodeExtentNode(bytes, CHUNK), anyBytes, 2_000);
    await assertCoded((bytes) => decodeSettings(bytes), anyBytes, 2_000);
  });

  it('as parts of a message, in any order', () => {
    const push = encodeServerMessage({ type: 'vault-changed', headSeq: 1 }, 1);
    const anyPart = fc.record({
      totalBytes: fc.oneof(fc.constant(push.length), fc.nat(0xffff_ffff)),
      offset: fc.oneof(fc.constantFrom(0, 10), fc.nat(300_000)),
      bytes: fc.oneof(fc.constantFrom(push.slice(0, 10), push.slice(10)), bytesUpTo(40)),
    });
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 20 }), (parts) => {
        const assembler = new PartAssembler<ServerMessage>(decodeServerMessage);
        for (const part of parts)
          orCodedError(() =>
            assembler.take({ requestId: 1, message: { type: 'part', ...part }, payloadBytes: 1 }),
          );
      }),
      { numRuns: 300 },
    );
  });

  it('as an answer to signing in or registering', async () => {
    const [registration, signIn] = await Promise.all([startRegistration('pass'), startSignIn('pass')]);
    const anyText = fc.oneof(
      fc.string({ maxLength: 700 }),
      bytesUpTo(500).map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        orCodedError(() => registration.finish(text));
        orCodedError(() => signIn.finish(text));
      }),
      { numRuns: 100 },
    );
  });
});

describe('any bytes that a device of the account sealed', () => {
  it('as a snapshot', async () => {
    const salt = new Uint8Array(32);
    const key = await deriveSealKey(keyring.metadataKey, 'holdfast/v1/snapshot', salt);
    const header = new Uint8Array([1, 1, 0, 0, 0, ...salt]);
    const bound = concatBytes(
      new Uint8Array([1]),
      idBytes(VAULT_ID),
      new Uint8Array([1, 0, 0, 0]),
      idBytes(SNAPSHOT),
    );
    await assertCoded(async (bytes) => {
      const sealed = await seal(key, new Uint8Array(12), bound, bytes);
      await openSnapshot(keyrings, SNAPSHOT, concatBytes(header, sealed));
    });
  });

  it('as a compressed chunk: what isn’t a frame of the right size is never opened', async () => {
    const zstd = countingZstd();
    await assertCoded(async (bytes) => {
      if (bytes.length === 0) return;
      await openClaiming(bytes, bytes.length + 1, zstd);
    });
    assert.equal(zstd.calls, 0);
  });

  it('as a bomb: a frame that is larger than it may be, or than it says, takes no memory', async () => {
    const zstd = countingZstd();
    const gigabytes = new Uint8Array([
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0xa0,
      0xff,
      0xff,
      0xff,
      0x7f,
      ...new Uint8Array(9),
    ]);
    await assertRejectsCode(openClaiming(gigabytes, 2 * 1024 * 1024, zstd), 'malformed');
    const large = realZstd.compress(new Uint8Array(64 * 1024 * 1024));
    await assertRejectsCode(openClaiming(new Uint8Array(large), 2 * 1024 * 1024, zstd), 'malformed');
    assert.equal(zstd.calls, 0);
    // One that says the right size and holds more.
    const more = new Uint8Array(realZstd.compress(new Uint8Array(1024 * 1024).fill(7)));
    const liar = more.slice();
    new DataView(liar.buffer).setUint32(5 + (1 - (((more[4] ?? 0) >> 5) & 1)), 1_000, true);
    await assertRejectsCode(openClaiming(liar, 1_000, zstd), 'malformed');
  });
});

/** Opens a chunk that says that it is compressed, and gives `contentBytes`. */
async function openClaiming(frame: Bytes, contentBytes: number, zstd: Zstd): Promise<readonly Bytes[]> {
  const id = await chunkIdOf(keyring.idKey, 'content', [frame]);
  const stored = { compression: 'zstd', contentBytes, pieces: [frame] } as const;
  const sealed = await sealChunk(keyring, 'content', id, stored, secureRandom);
  return openChunk(keyrings, 'content', id, sealed, zstd);
}
