/**
 * A device's connection, without a wire: requests go to the vault itself. The model hears all answers here, and every
 * request ends with ServerDied when the server does.
 */
import assert from 'node:assert/strict';
import { checksum } from '../../server/checksum.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { ChunkId } from '../../shared/ids.ts';
import type { ClientMessage, ServerMessage } from '../../shared/wire/messages.ts';
import type { Model } from './model.ts';
import { TRASH_GRACE_MS } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

type MessageType = ServerMessage['type'];
type Answer<T extends MessageType> = Extract<ServerMessage, { readonly type: T }>;
type Sent<T extends ClientMessage['type']> = Extract<ClientMessage, { readonly type: T }>;

export class Link {
  readonly #server: () => ServerProcess;
  readonly #model: Model;

  /** `server` gives the process that runs now. */
  constructor(server: () => ServerProcess, model: Model) {
    this.#server = server;
    this.#model = model;
  }

  /** Throws what the server answers, and ServerDied. */
  async request<T extends MessageType>(message: ClientMessage, types: readonly T[]): Promise<Answer<T>> {
    const server = this.#server();
    const answer = await server.life.outlive(this.#answer(server, message));
    const isExpected = (each: ServerMessage): each is Answer<T> => types.some((type) => type === each.type);
    if (!isExpected(answer)) throw new Error(`unexpected ${answer.type}`);
    return answer;
  }

  /** Sends a chunk, piece by piece; only the first `count` of them, if that is said. */
  async sendChunk(chunkId: ChunkId, pieces: readonly Uint8Array[], count = pieces.length): Promise<void> {
    const server = this.#server();
    await server.life.outlive(this.#sendChunk(server, chunkId, pieces, count));
  }

  async #sendChunk(
    { vault, life }: ServerProcess,
    chunkId: ChunkId,
    pieces: readonly Uint8Array[],
    count: number,
  ): Promise<void> {
    const upload = vault.beginChunk(chunkId);
    for (const [index, sealed] of pieces.slice(0, count).entries()) {
      const last = index === pieces.length - 1;
      const stored = upload.append({ index, last, checksum: checksum(sealed), sealed });
      if (stored !== undefined) this.#model.holdChunk(chunkId, (await stored).existed);
      // Frames of others come between.
      else await life.turn(() => undefined);
    }
    if (count < pieces.length) upload.abandon();
  }

  async #answer(server: ServerProcess, message: ClientMessage): Promise<ServerMessage> {
    if (message.type === 'get-changes') return changes(server, message);
    if (message.type === 'put-refs') return this.#putRefs(server, message);
    if (message.type === 'commit-snapshot') return this.#commit(server, message);
    if (message.type === 'mark-snapshots') return this.#mark(server, message);
    throw new Error(`no answer to ${message.type}`);
  }

  async #putRefs({ vault }: ServerProcess, { pageId, chunkIds }: Sent<'put-refs'>): Promise<ServerMessage> {
    this.#model.pages.set(pageId, chunkIds);
    const missing = await vault.putRefs(pageId, chunkIds);
    return missing.length > 0 ? { type: 'refs-missing', chunkIds: missing } : { type: 'done' };
  }

  async #commit({ vault }: ServerProcess, message: Sent<'commit-snapshot'>): Promise<ServerMessage> {
    const { snapshotId, sealed, refPages } = message;
    this.#model.name(snapshotId, refPages);
    const answer = await vault.commitSnapshot(snapshotId, sealed, refPages).catch((error: unknown) => {
      const isDone = this.#model.erased.has(snapshotId) || this.#model.isGoing(snapshotId);
      assert.ok(isCode(error, 'snapshot-missing') && isDone, `commit refused: ${String(error)}`);
      throw error;
    });
    if (answer.type === 'missing-pages') return { ...answer, type: 'snapshot-missing-pages' };
    this.#model.accept(snapshotId);
    return { ...answer, type: 'snapshot-accepted' };
  }

  async #mark({ vault }: ServerProcess, { mark, snapshots }: Sent<'mark-snapshots'>): Promise<ServerMessage> {
    const snapshotIds = snapshots.map(({ snapshotId }) => snapshotId);
    const tell = this.#model.askMark(mark, snapshotIds);
    try {
      await vault.markSnapshots(mark, snapshots);
      tell('done');
      return { type: 'done' };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      assert.ok(this.#model.mayRefuse(error.code, mark, snapshotIds), `${error.code} for no reason`);
      tell('refused');
      throw error;
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof HoldfastError && error.code === code;
}

async function changes({ vault }: ServerProcess, { afterSeq }: Sent<'get-changes'>): Promise<ServerMessage> {
  const answer = await vault.changes(afterSeq);
  const marks = answer.marks.map((record) => ({
    ...record,
    eraseAtMs: record.mark === 'trashed' ? record.markedAtMs + TRASH_GRACE_MS : 0,
  }));
  return { type: 'changes', ...answer, marks };
}
