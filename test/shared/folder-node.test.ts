import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Writer, fromHex, toHex, utf8 } from '../../shared/bytes.ts';
import {
  THIS_CHUNK,
  checkSize,
  compareNames,
  decodeExtentNode,
  decodeFolderNode,
  encodeExtentNode,
  encodeFolderNode,
  isSafeName,
} from '../../shared/format/folder-node.ts';
import type { Entry, Extent } from '../../shared/format/folder-node.ts';
import type { ChunkId, ContentDigest } from '../../shared/ids.ts';
import { MAX_ENTRY_NAME_BYTES } from '../../shared/limits.ts';
import { anyEntries, anyExtents, anyName } from '../helpers/any-entry.ts';
import { bytesUpTo } from '../helpers/arbitraries.ts';
import { assertThrowsCode, orCodedError } from '../helpers/coded-errors.ts';

const OWN = 'ee'.repeat(32) as ChunkId;
const OTHER = 'cc'.repeat(32) as ChunkId;
const DIGEST = 'd1'.repeat(16) as ContentDigest;

function folder(name: string, nodes: readonly Extent[] = []): Entry {
  return { kind: 'folder', name, nodes };
}

function file(name: string, modifiedAtMs = 0, extents: readonly Extent[] = []): Entry {
  const sizeBytes = extents.reduce((sum, extent) => sum + extent.lengthBytes, 0);
  const entry = {
    kind: 'file',
    name,
    sizeBytes,
    modifiedAtMs,
    content: { kind: 'extents', extents },
  } as const;
  return sizeBytes === 0 ? entry : { ...entry, digest: DIGEST };
}

/** What a node says once the chunk that it lies in has its id. */
function inOwnChunk<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(THIS_CHUNK, OWN)) as T;
}

/** A node of version 1 without a chunk table, by hand. */
function node(write: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.bytes(fromHex('0100'));
  write(writer);
  return writer.done();
}

function writeFolder(writer: Writer, name: Uint8Array): void {
  writer.u8(1);
  writer.varint(name.length);
  writer.bytes(name);
  writer.varint(0);
}

function nodeOfFolders(...names: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return node((writer) => {
    writer.varint(names.length);
    for (const name of names) writeFolder(writer, name);
  });
}

describe('a folder node', () => {
  it('has the bytes that FORMAT.md gives it', () => {
    const entries = [
      file('a', -1, [
        { chunkId: OTHER, offset: 5, lengthBytes: 200 },
        { chunkId: THIS_CHUNK, offset: 0, lengthBytes: 1 },
      ]),
      folder('é', [{ chunkId: OTHER, offset: 0, lengthBytes: 3 }]),
    ];
    const table = `01${OTHER}`;
    const a = '00' + '0161' + 'c901' + '01' + DIGEST + '02' + '0105c801' + '000001';
    const e = '01' + '02c3a9' + '01' + '010003';
    assert.equal(toHex(encodeFolderNode(entries)), `01${table}02${a}${e}`);
  });

  it('gives back any entries, and names its own chunk where it was meant', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const bytes = encodeFolderNode(entries);
        const decoded = decodeFolderNode(bytes, OWN);
        assert.deepEqual(decoded, inOwnChunk(entries));
        const again = encodeFolderNode(decoded.map((entry) => withOwnAsThis(entry)));
        assert.equal(toHex(again), toHex(bytes));
      }),
    );
  });

  it('takes its own chunk’s id as another chunk’s like any id', () => {
    const entries = [folder('x', [{ chunkId: OWN, offset: 1, lengthBytes: 2 }])];
    assert.deepEqual(decodeFolderNode(encodeFolderNode(entries), OTHER), entries);
  });

  it('is refused when it is cut short or goes on behind its end', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const bytes = encodeFolderNode(entries);
        for (let length = 0; length < bytes.length; length++) {
          assertThrowsCode(() => decodeFolderNode(bytes.subarray(0, length), OWN), 'malformed');
        }
        assertThrowsCode(() => decodeFolderNode(new Uint8Array([...bytes, 0]), OWN), 'malformed');
      }),
      { numRuns: 20 },
    );
  });

  it('is refused in another version', () => {
    for (const version of [0, 2, 255]) {
      assertThrowsCode(() => decodeFolderNode(new Uint8Array([version, 0, 0]), OWN), 'format-unsupported');
    }
  });

  it('is refused with entries out of order or of one name', () => {
    for (const [first, second] of [
      ['b', 'a'],
      ['a', 'a'],
      ['ab', 'a'],
      ['\u{10000}', '\uffff'],
      ['é', 'z'],
    ]) {
      const [left, right] = [String(first), String(second)];
      assertThrowsCode(() => decodeFolderNode(nodeOfFolders(utf8(left), utf8(right)), OWN), 'malformed');
      assertThrowsCode(() => encodeFolderNode([folder(left), folder(right)]), 'malformed');
    }
  });

  it('is not written with two names that become one in UTF-8', () => {
    assertThrowsCode(() => encodeFolderNode([folder('\ud800'), folder('\udfff')]), 'malformed');
  });

  it('is refused with a name that leaves its folder, written or read', () => {
    for (const name of ['', '.', '..', '/', 'a/b', '../x', '/etc', 'a\0b', '\0']) {
      assertThrowsCode(() => decodeFolderNode(nodeOfFolders(utf8(name)), OWN), 'path-unsafe');
      assertThrowsCode(() => encodeFolderNode([folder(name)]), 'path-unsafe');
    }
    for (const name of ['...', '. ', 'a\\b', 'C:', '-', '\u202e', 'nul', ' ']) {
      assert.equal(decodeFolderNode(nodeOfFolders(utf8(name)), OWN)[0]?.name, name);
    }
  });

  it('is refused with a name that is too long or not UTF-8', () => {
    const longest = 'n'.repeat(MAX_ENTRY_NAME_BYTES);
    assert.equal(decodeFolderNode(encodeFolderNode([folder(longest)]), OWN)[0]?.name, longest);
    assertThrowsCode(() => encodeFolderNode([folder(`${longest}n`)]), 'name-too-long');
    assertThrowsCode(() => encodeFolderNode([folder('é'.repeat(513))]), 'name-too-long');
    assertThrowsCode(() => decodeFolderNode(nodeOfFolders(utf8(`${longest}n`)), OWN), 'malformed');
    assertThrowsCode(() => decodeFolderNode(nodeOfFolders(fromHex('ff')), OWN), 'malformed');
  });

  it('is refused with a file whose size is not that of its content', () => {
    const extents = [
      { chunkId: OTHER, offset: 0, lengthBytes: 3 },
      { chunkId: OTHER, offset: 9, lengthBytes: 4 },
    ];
    for (const sizeBytes of [0, 6, 8]) {
      const content = { kind: 'extents', extents } as const;
      const file = { kind: 'file', name: 'f', sizeBytes, modifiedAtMs: 0, content } as const;
      const bytes = encodeFolderNode([sizeBytes === 0 ? file : { ...file, digest: DIGEST }]);
      assertThrowsCode(() => decodeFolderNode(bytes, OWN), 'malformed');
    }
    assert.doesNotThrow(() => {
      checkSize(extents, 7);
    });
    assertThrowsCode(() => {
      checkSize([{ chunkId: OTHER, offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER }, ...extents], 7);
    }, 'malformed');
  });

  it('is refused with an unknown kind of entry, an unknown chunk, or counts beyond its end', () => {
    assertThrowsCode(() => decodeFolderNode(fromHex('01000103016100'), OWN), 'malformed');
    assertThrowsCode(() => decodeFolderNode(fromHex('010001010161' + '01010000'), OWN), 'malformed');
    for (const hex of [
      '01ffffffff0f',
      '0100ffffffff0f',
      '010001010161ffffffff0f',
      '010001' + '01ffffff7f61',
    ]) {
      assertThrowsCode(() => decodeFolderNode(fromHex(hex), OWN), 'malformed');
    }
  });

  it('is written only with a digest for each file that lies in a bundle, and for no other', () => {
    for (const sizeBytes of [0, 1, 131_071, 131_072]) {
      const extents = sizeBytes === 0 ? [] : [{ chunkId: OTHER, offset: 3, lengthBytes: sizeBytes }];
      const content = { kind: 'extents', extents } as const;
      const without = { kind: 'file', name: 'f', sizeBytes, modifiedAtMs: 0, content } as const;
      const withDigest = { ...without, digest: DIGEST };
      const isSmall = sizeBytes > 0 && sizeBytes < 131_072;
      const [right, wrong] = isSmall ? [withDigest, without] : [without, withDigest];
      assert.deepEqual(decodeFolderNode(encodeFolderNode([right]), OWN), [right]);
      assertThrowsCode(() => encodeFolderNode([wrong]), 'malformed');
    }
  });

  it('keeps a time that no clock shows as the nearest that it can', () => {
    for (const [time, kept] of [
      [8.64e15, 2 ** 52 - 1],
      [-8.64e15, -(2 ** 52)],
      [-(2 ** 52), -(2 ** 52)],
      [2 ** 52 - 1, 2 ** 52 - 1],
    ] as const) {
      const [entry] = decodeFolderNode(encodeFolderNode([file('f', time)]), OWN);
      assert.equal(entry?.kind === 'file' && entry.modifiedAtMs, kept);
    }
  });

  it('made of any bytes is entries or a coded error', () => {
    fc.assert(
      fc.property(bytesUpTo(80), (bytes) => {
        bytes.fill(1, 0, 1);
        orCodedError(() => decodeFolderNode(bytes, OWN));
        orCodedError(() => decodeExtentNode(bytes, OWN));
      }),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(anyEntries, fc.nat(), fc.nat(255), (entries, place, byte) => {
        const bytes = encodeFolderNode(entries);
        bytes[place % bytes.length] = byte;
        orCodedError(() => decodeFolderNode(bytes, OWN));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('names', () => {
  it('are ordered by their bytes in UTF-8', () => {
    fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        assert.equal(Math.sign(compareNames(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    // UTF-16 has these two the other way round.
    assert.ok(compareNames('\uffff', '\u{10000}') < 0);
  });

  it('that are safe are one part of a path', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        assert.equal(isSafeName(name), true);
        assert.equal(isSafeName(`${name}/${name}`), false);
        assert.equal(isSafeName(`${name}\0`), false);
      }),
    );
  });
});

describe('an extent node', () => {
  it('has the bytes that FORMAT.md gives it', () => {
    const extents = [
      { chunkId: OTHER, offset: 5, lengthBytes: 200 },
      { chunkId: THIS_CHUNK, offset: 0, lengthBytes: 1 },
      { chunkId: OTHER, offset: 0, lengthBytes: 2 },
    ];
    assert.equal(toHex(encodeExtentNode(extents)), `0101${OTHER}03` + '0105c801' + '000001' + '010002');
  });

  it('gives back any extents, and is refused when it is cut short or goes on', () => {
    fc.assert(
      fc.property(anyExtents, (extents) => {
        const bytes = encodeExtentNode(extents);
        assert.deepEqual(decodeExtentNode(bytes, OWN), inOwnChunk(extents));
        for (let length = 0; length < bytes.length; length++) {
          assertThrowsCode(() => decodeExtentNode(bytes.subarray(0, length), OWN), 'malformed');
        }
        assertThrowsCode(() => decodeExtentNode(new Uint8Array([...bytes, 0]), OWN), 'malformed');
      }),
    );
  });

  it('is refused in another version', () => {
    assertThrowsCode(() => decodeExtentNode(fromHex('020000'), OWN), 'format-unsupported');
  });
});

/** The entry as it was before its node's chunk had an id. */
function withOwnAsThis(entry: Entry): Entry {
  return JSON.parse(JSON.stringify(entry).replaceAll(OWN, THIS_CHUNK)) as Entry;
}
