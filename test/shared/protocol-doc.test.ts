import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ERRORS, isErrorCode } from '../../shared/errors.ts';
import * as limits from '../../shared/limits.ts';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import {
  CLIENT_MESSAGES,
  SERVER_MESSAGES,
  encodeClientMessage,
  encodeServerMessage,
} from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { CLOSE } from '../../server/connection/socket.ts';
import { ANY_CLIENT_MESSAGE, ANY_SERVER_MESSAGE } from '../helpers/any-message.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';
import { docEncode, docFields, docLimits, docTable } from '../helpers/protocol-doc.ts';
import type { DocRow } from '../helpers/protocol-doc.ts';

const TEXT = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
const clientRows = docTable('kind', 'message', 'access');
const serverRows = docTable('kind', 'message', 'fields', 'sent');

/** Numbers as the page writes them. */
function written(value: number): string {
  return value.toLocaleString('en-US');
}

describe('PROTOCOL.md', () => {
  it('has a row for every message of the client, with its kind and access, and no other', () => {
    const rows = clientRows.map(({ kind, message, access }) => [Number(kind), message, access]);
    const table = Object.entries(CLIENT_MESSAGES).map(([type, { kind, access }]) => [kind, type, access]);
    assert.deepEqual(rows, table);
  });

  it('has a row for every message of the server, with its kind, and no other', () => {
    const rows = serverRows.map(({ kind, message }) => [Number(kind), message]);
    const table = Object.entries(SERVER_MESSAGES).map(([type, { kind }]) => [kind, type]);
    assert.deepEqual(rows, table);
  });

  it('gives every message of the client the fields that it has on the wire', () => {
    for (const { message: type = '', fields = '' } of clientRows) {
      const arbitrary = ANY_CLIENT_MESSAGE.get(type);
      assert.ok(arbitrary, type);
      fc.assert(
        fc.property(arbitrary, (message: ClientMessage) => {
          const payload = encodeClientMessage(message, 1).subarray(FRAME_HEADER_BYTES);
          assert.ok(docEncode(docFields(fields), message).equals(payload), type);
        }),
        { numRuns: 20 },
      );
    }
  });

  it('gives every message of the server the fields that it has on the wire', () => {
    for (const { message: type = '', fields = '' } of serverRows) {
      const arbitrary = ANY_SERVER_MESSAGE.get(type);
      assert.ok(arbitrary, type);
      fc.assert(
        fc.property(arbitrary, (message: ServerMessage) => {
          const payload = encodeServerMessage(message, 1).subarray(FRAME_HEADER_BYTES);
          assert.ok(docEncode(docFields(fields), message).equals(payload), type);
        }),
        { numRuns: 20 },
      );
    }
  });

  it('gives every field the limit that it has on the wire', () => {
    const sides: readonly [DocRow[], (message: never, requestId: number) => unknown][] = [
      [clientRows, encodeClientMessage],
      [serverRows, encodeServerMessage],
    ];
    let limitsSeen = 0;
    for (const [rows, encode] of sides) {
      for (const { message: type = '', fields = '' } of rows) {
        for (const { name, largest, tooLarge } of docLimits(docFields(fields))) {
          assert.doesNotThrow(() => encode({ type, ...(largest as object) } as never, 1), `${type} ${name}`);
          assertThrowsCode(() => encode({ type, ...(tooLarge as object) } as never, 1), 'malformed');
          limitsSeen += 1;
        }
      }
    }
    assert.ok(limitsSeen > 30, String(limitsSeen));
  });

  it('names answers that exist', () => {
    const words = clientRows.flatMap(({ answer = '' }) => answer.split(/[ ,]+/));
    const answers = words.filter((word) => word.includes('-') || word in SERVER_MESSAGES);
    assert.deepEqual(
      answers.filter((word) => !(word in SERVER_MESSAGES)),
      [],
    );
    assert.ok(answers.length >= clientRows.length - 1);
  });

  it('names errors that exist', () => {
    const codes = clientRows.flatMap(({ errors = '' }) => errors.split(', ')).filter((code) => code !== '');
    assert.deepEqual(
      codes.filter((code) => !isErrorCode(code)),
      [],
    );
  });

  it('has a row for every error, with what to do, in the table’s order, and no other', () => {
    const rows = docTable('code', 'action').map(({ code, action }) => [code, action]);
    const table = Object.entries(ERRORS).map(([code, { action }]) => [code, action]);
    assert.deepEqual(rows, table);
  });

  it('has a row for every close code that the server uses', () => {
    const rows = new Set(docTable('close code').map((row) => Number(row['close code'])));
    for (const code of [1002, 1008, 1009, 1012, 1013]) assert.ok(rows.has(code), String(code));
    for (const code of rows) assert.ok(Object.values<number>(CLOSE).includes(code), String(code));
  });

  it('names the limits that both sides keep', () => {
    for (const value of [
      limits.MAX_PAYLOAD_BYTES,
      limits.UPLOAD_CREDIT_BYTES,
      limits.MAX_DOWNLOAD_CREDIT_BYTES,
      limits.MAX_OPEN_REQUEST_BYTES,
      limits.MAX_CHANGED_CHUNKS,
      limits.MAX_CHANGED_SNAPSHOTS_BYTES,
    ]) {
      assert.ok(TEXT.includes(written(value)), written(value));
    }
    assert.ok(TEXT.includes(`at most ${limits.MAX_PIECES} pieces`));
    assert.ok(TEXT.includes(`up to ${limits.MAX_OPEN_REQUESTS} without their answer`));
    assert.ok(TEXT.includes(`1 to ${limits.MAX_ACCOUNT_NAME_BYTES} bytes`));
    assert.ok(TEXT.includes(`above ${written(limits.MAX_ENTRY_NAME_BYTES)} bytes`));
  });
});
