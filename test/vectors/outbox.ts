/** Records of outbox files: what is written for a record, and what must be refused. */
import { concatBytes, fromHex, toHex } from '../../shared/bytes.ts';
import {
  RECORD_HEADER_BYTES,
  decodeOutboxRecord,
  encodeOutboxRecord,
} from '../../shared/format/outbox-record.ts';
import type { OutboxRecord } from '../../shared/format/outbox-record.ts';
import { idFromBytes } from '../../shared/ids.ts';
import type { ChunkId, RefPageId, SnapshotId } from '../../shared/ids.ts';
import { vectorKind } from './vector.ts';

const [a, b] = ['a1'.repeat(32), 'b2'.repeat(32)];

const chunk: OutboxRecord = {
  kind: 'chunk',
  chunkId: idFromBytes<ChunkId>(fromHex(a)),
  pieces: [
    { checksum: 0x01020304, sealed: fromHex('000102') },
    { checksum: 0xfffefdfc, sealed: fromHex('03') },
  ],
};
const page: OutboxRecord = {
  kind: 'page',
  pageId: idFromBytes<RefPageId>(fromHex(b)),
  chunkIds: fromHex(a + b),
};
const snapshot: OutboxRecord = {
  kind: 'snapshot',
  snapshotId: idFromBytes<SnapshotId>(fromHex('c3'.repeat(16))),
  refPages: [idFromBytes<RefPageId>(fromHex(b))],
  sealed: fromHex('0a0b0c'),
};

function written(record: OutboxRecord): string {
  return toHex(concatBytes(...encodeOutboxRecord(record)));
}

/** The same with the byte at `place` replaced. */
function harmed(record: OutboxRecord, place: number, byte: string): string {
  const hex = written(record);
  return hex.slice(0, 2 * place) + byte + hex.slice(2 * place + 2);
}

export const outboxRecords = vectorKind<{ readonly hex: string }>({
  file: 'outbox-records.json',
  about: 'FORMAT.md, Outbox files: a record as it stands in the file, and what it says.',
  cases: [
    { name: 'a chunk of two pieces', input: { hex: written(chunk) } },
    { name: 'a reference page', input: { hex: written(page) } },
    { name: 'a snapshot', input: { hex: written(snapshot) } },
    { name: 'another marker', input: { hex: harmed(chunk, 0, '00') } },
    { name: 'a higher version', input: { hex: harmed(chunk, 4, '02') } },
    { name: 'an unknown kind', input: { hex: harmed(chunk, 5, '04') } },
    { name: 'a reserved field that is not zero', input: { hex: harmed(chunk, 6, '01') } },
    { name: 'a damaged head', input: { hex: harmed(chunk, RECORD_HEADER_BYTES, '00') } },
    { name: 'a damaged page', input: { hex: harmed(page, written(page).length / 2 - 1, '00') } },
    { name: 'a damaged snapshot', input: { hex: harmed(snapshot, written(snapshot).length / 2 - 1, '00') } },
    { name: 'cut in the body', input: { hex: written(chunk).slice(0, -2) } },
    { name: 'cut in the head', input: { hex: written(chunk).slice(0, 2 * RECORD_HEADER_BYTES + 8) } },
    { name: 'trailing bytes', input: { hex: `${written(chunk)}00` } },
  ],
  run: async ({ hex }) => {
    const bytes = fromHex(hex);
    const record = decodeOutboxRecord(bytes.slice(0, RECORD_HEADER_BYTES), bytes.slice(RECORD_HEADER_BYTES));
    if (written(record) !== hex) throw new Error('writing what was read gives other bytes');
    return Promise.resolve(asPlain(record));
  },
});

function asPlain(record: OutboxRecord): Readonly<Record<string, unknown>> {
  switch (record.kind) {
    case 'chunk':
      return {
        ...record,
        pieces: record.pieces.map(({ checksum, sealed }) => ({ checksum, sealed: toHex(sealed) })),
      };
    case 'page':
      return { ...record, chunkIds: toHex(record.chunkIds) };
    case 'snapshot':
      return { ...record, sealed: toHex(record.sealed) };
  }
}
