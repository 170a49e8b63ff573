/**
 * The mirror: what the server has, as this device knows it. Follows the change feed, keeps a copy in
 * IndexedDB, and watches that the server's history never contradicts what was seen before.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { SnapshotId, VaultId } from '../../../shared/ids.ts';
import type { Keyrings } from '../../../shared/crypto/vault-keys.ts';
import type { ServerMessage, SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { SnapshotMark } from '../../bridge/history-api.ts';
import { Turns } from '../jobs/turns.ts';
import type { EnginePorts } from '../ports.ts';
import { ChunkIndex } from './chunk-index.ts';
import { FeedBatch } from './feed-batch.ts';
import { SnapshotChain } from './snapshot-chain.ts';
import type { KnownSnapshot } from './snapshot-chain.ts';

export type { KnownSnapshot } from './snapshot-chain.ts';

type Changes = Extract<ServerMessage, { readonly type: 'changes' }>;
/** Sends `get-changes`. */
type Ask = (afterSeq: number) => Promise<Changes>;

export interface MirrorEvents {
  onSnapshotsChanged(): void;
  onHistoryBroken(error: HoldfastError): void;
}

/** Pages are written anew once removed ids are more than this part of those that are left. */
const MOST_REMOVED = 0.25;
const FEW_REMOVED_BYTES = 256 * 1024;
/** Snapshots that can't be opened are kept, to be reported again; a server can make up any number of them. */
const UNREADABLE_KEPT = 100;
/** Answers that are followed at once: 67 million chunks. Whatever is beyond comes with the next look. */
const MOST_ANSWERS = 16_384;

export class Mirror {
  readonly chunks = new ChunkIndex();
  readonly #vaultId: VaultId;
  readonly #keyrings: Keyrings;
  readonly #ports: Pick<EnginePorts, 'mirror' | 'clock'>;
  readonly #events: MirrorEvents;
  readonly #turns = new Turns();
  #chain: SnapshotChain;
  #seq = 0;
  #isWhole = false;
  #unreadable = 0;
  /** Whether something was said of snapshots that nobody was told of yet. */
  #hasNews = false;
  /** While true, what is wrong with the server's history is what a person has accepted. */
  #accepting = false;

  constructor(
    vaultId: VaultId,
    keyrings: Keyrings,
    ports: Pick<EnginePorts, 'mirror' | 'clock'>,
    events: MirrorEvents,
  ) {
    this.#vaultId = vaultId;
    this.#keyrings = keyrings;
    this.#ports = ports;
    this.#events = events;
    this.#chain = this.#newChain();
  }

  /** Reads this device's copy. Works offline. */
  async load(): Promise<void> {
    const store = this.#ports.mirror;
    const state = await store.load(this.#vaultId);
    let removedBytes = 0;
    for await (const { removed, added } of store.chunkPages(this.#vaultId)) {
      this.chunks.deletePage(removed);
      this.chunks.addPage(added);
      removedBytes += removed.length;
    }
    const known = await Promise.all(state.snapshots.map(async (record) => this.#chain.add(record)));
    this.#unreadable = known.filter((record) => record === undefined).length;
    await Promise.all(state.marks.map(async (mark) => this.#chain.mark(mark)));
    this.#chain.restore(state);
    this.#seq = state.seq;
    this.#isWhole = state.isWhole;
    if (this.#isWhole) this.#chain.check();
    if (removedBytes > FEW_REMOVED_BYTES + MOST_REMOVED * 32 * this.chunks.size)
      await store.compact(this.#vaultId, this.chunks.pages());
  }

  /**
   * Follows the change feed to its end; one at a time. Throws `history-broken` where the feed went back behind
   * what was seen, `malformed` where it doesn't go on or never ends, `too-large` beyond what a vault may have.
   * `promised`: snapshots that the server had acknowledged before; one that isn't there then is reported. Rejects with
   * the signal's reason, also while another one waits for a connection.
   */
  async sync(ask: Ask, promised: readonly SnapshotId[] = [], signal?: AbortSignal): Promise<void> {
    await this.#turns.run(async () => this.#follow(ask, promised), signal);
  }

  /**
   * Forgets all that was seen and takes the server's history as it is now, whatever is missing in it: a person
   * has confirmed that the server was restored from an older copy.
   */
  async accept(ask: Ask, promised: readonly SnapshotId[] = []): Promise<void> {
    await this.#turns.run(async () => {
      await this.#ports.mirror.clear();
      this.chunks.clear();
      this.#chain = this.#newChain();
      this.#seq = 0;
      this.#isWhole = false;
      this.#unreadable = 0;
      this.#hasNews = true;
      this.#accepting = true;
      await this.#follow(ask, promised).finally(() => (this.#accepting = false));
    });
  }

  /** Newest first, by the server's order. What is trashed is among them. */
  snapshots(): KnownSnapshot[] {
    return this.#chain.all();
  }

  find(id: SnapshotId): KnownSnapshot | undefined {
    return this.#chain.find(id);
  }

  /** Throws `snapshot-missing`. */
  snapshot(id: SnapshotId): KnownSnapshot {
    const known = this.find(id);
    if (known === undefined) throw new HoldfastError('snapshot-missing');
    return known;
  }

  /** The statement that goes with a mark (FORMAT.md, Mark statements). Throws `snapshot-missing`. */
  async markStatement(id: SnapshotId, mark: SnapshotMark): Promise<Uint8Array<ArrayBuffer>> {
    return this.#chain.statement(id, mark);
  }

  async #follow(ask: Ask, promised: readonly SnapshotId[]): Promise<void> {
    let batch = new FeedBatch(this.#seq);
    for await (const changes of answers(ask, this.#seq)) {
      if (!batch.takes(changes)) batch = await this.#keep(batch, false);
      await this.#take(changes, batch);
    }
    await this.#end(batch, promised);
  }

  /** After the feed's end. */
  async #end(batch: FeedBatch, promised: readonly SnapshotId[]): Promise<void> {
    if (this.#accepting) this.#chain.accept(promised);
    if (batch.seq > this.#seq || !this.#isWhole) await this.#keep(batch, true);
    this.#chain.check(promised);
    if (this.#hasNews) this.#events.onSnapshotsChanged();
    this.#hasNews = false;
  }

  /** Takes an answer up in memory. */
  async #take(changes: Changes, batch: FeedBatch): Promise<void> {
    const { snapshots, marks, erasedSnapshotIds } = changes;
    this.chunks.deletePage(changes.removedChunkIds);
    this.chunks.addPage(changes.chunkIds);
    batch.addChunks(changes);
    for (const record of snapshots) await this.#takeSnapshot(record, batch);
    for (const mark of marks) {
      const own = { ...mark, statement: mark.statement.slice() };
      if (await this.#chain.mark(own)) batch.marks.push(own);
    }
    const nowMs = this.#ports.clock.nowMs();
    batch.erasedSnapshotIds.push(...erasedSnapshotIds.filter((id) => this.#chain.erase(id, nowMs)));
    this.#hasNews ||= snapshots.length + marks.length + erasedSnapshotIds.length > 0;
  }

  async #takeSnapshot(record: SnapshotRecord, batch: FeedBatch): Promise<void> {
    const own = { ...record, sealed: record.sealed.slice() };
    const known = await this.#chain.add(own);
    if (known !== undefined) batch.snapshots.push(known);
    else if (this.#isReportedAgain()) batch.snapshots.push(own);
  }

  /** What can't be opened is found again at the next start, unless it was accepted. */
  #isReportedAgain(): boolean {
    return !this.#accepting && ++this.#unreadable <= UNREADABLE_KEPT;
  }

  /** Writes a batch down; gives an empty one. */
  async #keep(batch: FeedBatch, isWhole: boolean): Promise<FeedBatch> {
    const { seq } = batch;
    const position = { seq, isWhole, ...this.#chain.notes() };
    await this.#ports.mirror.append(this.#vaultId, batch.change(position));
    this.#seq = seq;
    this.#isWhole = isWhole;
    return new FeedBatch(seq);
  }

  #newChain(): SnapshotChain {
    return new SnapshotChain(this.#keyrings, (error) => {
      if (!this.#accepting) this.#events.onHistoryBroken(error);
    });
  }
}

/** The feed's answers from a position to its end; the next one is on its way while one is taken up. */
async function* answers(ask: Ask, from: number): AsyncGenerator<Changes> {
  let position = from;
  let asked = ask(position);
  for (let count = 1, isLast = false; !isLast; count++) {
    const changes = await asked;
    check(changes, position);
    position = changes.nextSeq;
    isLast = position === changes.headSeq;
    if (count > MOST_ANSWERS)
      throw new HoldfastError('malformed', { detail: 'a change feed without an end' });
    if (!isLast) asked = ahead(ask(position));
    yield changes;
  }
}

/** Throws `history-broken` for a feed that went back, `malformed` for one that doesn't go on. */
function check(changes: Changes, position: number): void {
  const { nextSeq, headSeq } = changes;
  if (headSeq < position) {
    const detail = `the server is at ${String(headSeq)}, this device saw ${String(position)}`;
    throw new HoldfastError('history-broken', { detail });
  }
  if (nextSeq > headSeq || nextSeq < position || (nextSeq < headSeq && !goesOn(changes, position))) {
    throw new HoldfastError('malformed', { detail: 'a change feed that doesn’t go on' });
  }
}

/** Whether an answer that isn't the last moves on, and says something. */
function goesOn(changes: Changes, position: number): boolean {
  const { nextSeq, chunkIds, removedChunkIds, snapshots, marks, erasedSnapshotIds } = changes;
  const lists = [chunkIds, removedChunkIds, snapshots, marks, erasedSnapshotIds];
  return nextSeq > position && lists.some(({ length }) => length > 0);
}

/** A request whose failure is heard when it is awaited, and not before. */
function ahead<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  return asked;
}
