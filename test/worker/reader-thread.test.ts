import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PIECE_BYTES } from '../../shared/limits.ts';
import type { MessageOfReader, ReaderMessage, RequestToReader } from '../../web/worker/reader/protocol.ts';
import { ReaderThread } from '../../web/worker/reader/reader-thread.ts';
import { RemoteReaders } from '../../web/worker/reader/remote-readers.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { testKeyring } from '../helpers/vault.ts';
import { waitFor } from '../helpers/wait.ts';

const { gearTable, digestKey } = await testKeyring();
const setup = { gearTable, digestKey, fixedSize: false };
const LARGE_BYTES = 20 * 1024 * 1024;

function startThread(): { readonly thread: ReaderThread; readonly sent: MessageOfReader[] } {
  const sent: MessageOfReader[] = [];
  return { thread: new ReaderThread((message) => sent.push(message)), sent };
}

function read(readerId: number, file: File): RequestToReader {
  return { readerId, request: { type: 'read', fileId: 0, file, isGuarded: true } };
}

function contentOf({ message }: MessageOfReader): Uint8Array {
  assert.ok(message.type === 'piece');
  return new Uint8Array(message.buffer, 0, message.lengthBytes);
}

describe('the reader thread', () => {
  it('reads for several backups by turns, each in its order', async () => {
    const { thread, sent } = startThread();
    const contents = [1, 2].map((seed) => seededRandom(seed).bytes(3_000_000));
    for (const [readerId, content] of contents.entries()) {
      thread.handle({ readerId, request: { type: 'start', ...setup } });
      thread.handle(read(readerId, new File([content], '')));
    }
    const isOver = ({ message }: MessageOfReader) => message.type === 'piece' && message.fileEnd;
    await waitFor('both files', () => sent.filter(isOver).length === 2 || undefined);
    for (const [readerId, content] of contents.entries()) {
      const pieces = sent.filter((message) => message.readerId === readerId).map(contentOf);
      assert.ok(Buffer.concat(pieces).equals(content));
    }
  });

  it('reads no more for a backup that has ended, and gives its memory back', async () => {
    const { thread, sent } = startThread();
    thread.handle({ readerId: 7, request: { type: 'start', ...setup } });
    thread.handle(read(7, new File([new Uint8Array(LARGE_BYTES)], '')));
    await waitFor('content', () => sent.length > 1 || undefined);
    thread.handle({ readerId: 7, request: { type: 'end' } });
    const before = sent.length;
    const buffers = sent.map((message) => contentOf(message).buffer as ArrayBuffer);
    thread.handle({ readerId: 7, request: { type: 'recycle', buffers } });
    for (let i = 0; i < 50; i++) await turn();
    assert.equal(sent.length, before);
    assert.ok(buffers.length > 0 && buffers.every(({ byteLength }) => byteLength === 0));
  });

  it('goes on for the next backup when one was ended in the middle of a file', async () => {
    const { thread, sent } = startThread();
    for (let readerId = 0; readerId < 4; readerId++) {
      thread.handle({ readerId, request: { type: 'start', ...setup } });
      thread.handle(read(readerId, new File([new Uint8Array(LARGE_BYTES)], '')));
      await waitFor('content', () => sent.some((message) => message.readerId === readerId) || undefined);
      thread.handle({ readerId, request: { type: 'end' } });
    }
  });
});

describe('a reader of another thread', () => {
  it('isn’t heard any more once it has ended, and what comes late is given back', () => {
    const posted: RequestToReader[] = [];
    const heard: ReaderMessage[] = [];
    const readers = new RemoteReaders((request) => posted.push(request));
    const reader = readers.start(setup, (message) => heard.push(message));
    const other = readers.start(setup, () => assert.fail('it is not the one that was answered'));
    const piece = (buffer: ArrayBuffer): MessageOfReader => {
      const whole = { lengthBytes: 1, chunkEnd: true, fileEnd: true };
      return { readerId: 0, message: { type: 'piece', fileId: 0, modifiedAtMs: 0, buffer, ...whole } };
    };
    const [early, late] = [new ArrayBuffer(PIECE_BYTES), new ArrayBuffer(PIECE_BYTES)];
    readers.take(piece(early));
    reader.end();
    reader.end();
    readers.take(piece(late));
    assert.equal(heard.length, 1);
    assert.equal(early.byteLength, PIECE_BYTES);
    assert.equal(late.byteLength, 0);
    other.end();
    assert.deepEqual(
      posted.map(({ readerId, request }) => [readerId, request.type]),
      [
        [0, 'start'],
        [1, 'start'],
        [0, 'end'],
        [1, 'end'],
      ],
    );
  });
});
