/** Frames: each message of both tables, and frames that must be refused. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../shared/bytes.ts';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from '../../shared/wire/messages.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import { CLIENT_SAMPLES, SERVER_SAMPLES } from './messages.ts';
import { vectorKind } from './vector.ts';

type Input =
  | { readonly from: 'client' | 'server'; readonly requestId: number; readonly message: unknown }
  | { readonly from: 'client' | 'server'; readonly bytes: string };

const SIDES = {
  client: {
    encode: (message: unknown, requestId: number) => encodeClientMessage(message as ClientMessage, requestId),
    decode: decodeClientMessage,
  },
  server: {
    encode: (message: unknown, requestId: number) => encodeServerMessage(message as ServerMessage, requestId),
    decode: decodeServerMessage,
  },
};

const PING = '01020000' + '07000000' + '00000000';

/** `bytes` as the client sends them. */
function fromClient(name: string, bytes: string): { name: string; input: Input } {
  return { name, input: { from: 'client', bytes } };
}

export const frames = vectorKind<Input>({
  file: 'frames.json',
  about:
    'PROTOCOL.md, Frames and Messages. A message is written as one frame, and read back from it. ' +
    'In messages {"hex"} stands for bytes, ids are hexadecimal, and an optional value that is absent is null.',
  cases: [
    ...Object.entries(CLIENT_SAMPLES).map(([type, fields], index) => ({
      name: `client: ${type}`,
      input: { from: 'client', requestId: index + 1, message: plainJson({ type, ...fields }) } as const,
    })),
    ...Object.entries(SERVER_SAMPLES).flatMap(([type, samples], index) =>
      samples.map((fields, place) => ({
        name: `server: ${type}${place === 0 ? '' : ', without what it may lack'}`,
        input: { from: 'server', requestId: index, message: plainJson({ type, ...fields }) } as const,
      })),
    ),
    fromClient('nothing', ''),
    fromClient('a header cut short', PING.slice(0, -2)),
    fromClient('a byte behind the frame', `${PING}00`),
    fromClient('version 0', `00${PING.slice(2)}`),
    fromClient('version 2', `02${PING.slice(2)}`),
    fromClient('reserved bits set', '01020100' + PING.slice(8)),
    fromClient('an unknown kind', `017f${PING.slice(4)}`),
    fromClient('a message of the server', `0182${PING.slice(4)}`),
    fromClient('a payload that is missing', '01030000' + '07000000' + '04000000'),
    fromClient('a payload cut short', '01030000' + '07000000' + '03000000' + '000000'),
    fromClient('a payload with more behind its fields', '01030000' + '07000000' + '05000000' + '0000000000'),
    fromClient('a payload above the limit', '01030000' + '07000000' + '01000400'),
    fromClient('a text that is not UTF-8', '01120000' + '07000000' + '07000000' + '0200c328' + '00' + '0000'),
    fromClient(
      'a text above its limit',
      '01120000' + '07000000' + '68000000' + `6500${'61'.repeat(101)}` + '00',
    ),
    fromClient('a choice that is none', '01160000' + '07000000' + '03000000' + '02' + '0000'),
    fromClient(
      'a bool that is neither',
      '01210000' + '07000000' + '27000000' + '00'.repeat(34) + '02' + '00000000',
    ),
    fromClient(
      'a list longer than its payload',
      '01230000' + '07000000' + '24000000' + '00'.repeat(32) + '01000000',
    ),
    fromClient('a list above its limit', '01230000' + '07000000' + '24000000' + '00'.repeat(32) + '011e0000'),
    fromClient('a u64 above 2^53 - 1', '01200000' + '07000000' + '08000000' + '0000000000002000'),
  ],
  run: async (input) => {
    const { encode, decode } = SIDES[input.from];
    if ('bytes' in input) {
      decode(fromHex(input.bytes));
      return Promise.resolve({ message: 'was understood' });
    }
    const frame = encode(fromPlainJson(input.message), input.requestId);
    const { message, requestId } = decode(frame);
    assert.deepEqual(plainJson(message), input.message);
    assert.equal(toHex(encode(message, requestId)), toHex(frame));
    return Promise.resolve({ bytes: toHex(frame) });
  },
});

/** A message as JSON can hold it. */
function plainJson(message: object): unknown {
  const text = JSON.stringify(message, (_, value: unknown) => {
    if (value === undefined) return null;
    return value instanceof Uint8Array ? { hex: toHex(value) } : value;
  });
  return JSON.parse(text);
}

function fromPlainJson(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message), (_, value: unknown) => {
    if (value === null) return undefined;
    const isBytes = typeof value === 'object' && 'hex' in value && typeof value.hex === 'string';
    return isBytes ? fromHex(String(value.hex)) : value;
  });
}
