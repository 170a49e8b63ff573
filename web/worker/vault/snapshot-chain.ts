/**
 * The snapshots that this device knows, what the account says of them, and whether they hang together: each
 * names its predecessor, and what is gone must have been sent to the trash by a device of the account
 * (THREAT-MODEL.md, History).
 */
import { equalBytes } from '../../../shared/bytes.ts';
import type { Keyrings } from '../../../shared/crypto/vault-keys.ts';
import { HoldfastError } from '../../../shared/errors.ts';
import { makeMarkStatement, openMarkStatement } from '../../../shared/format/mark-statement.ts';
import type { MarkStatement } from '../../../shared/format/mark-statement.ts';
import {
  NO_PREDECESSOR,
  linkKey,
  openSnapshot,
  snapshotLink,
} from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotDescription } from '../../../shared/format/sealed-snapshot.ts';
import type { SnapshotId } from '../../../shared/ids.ts';
import type { SnapshotRecord } from '../../../shared/wire/messages.ts';
import type { SnapshotMark } from '../../bridge/history-api.ts';
import type { KeptMark, MirrorPosition } from '../ports.ts';

/** Clocks differ: erasing this much before the time that was said is no breach. */
const EARLY_MS = 24 * 3_600_000;
/** So many alarms say that the server lies; what it makes up beyond would only fill memory. */
const MOST_REPORTS = 100;

/** What a snapshot's successor names, and what it names itself, as map keys: each look at the chain takes them all. */
interface Place {
  readonly own: string;
  readonly predecessor: string;
}

/** A snapshot as it was sealed. */
interface SealedSnapshot {
  readonly record: SnapshotRecord;
  readonly description: SnapshotDescription;
  /** What its successor names. */
  readonly link: Uint8Array<ArrayBuffer>;
  readonly place: Place;
}

export interface KnownSnapshot extends SealedSnapshot {
  readonly mark: SnapshotMark;
  /** When the server erases it; only of what is trashed. */
  readonly eraseAtMs?: number;
}

/** What a device of the account said of a snapshot, which may be erased by now. */
interface Said extends MarkStatement {
  readonly place: Place;
  readonly eraseAtMs: number;
  readonly isErased: boolean;
}

/** What is kept beside snapshots and marks. */
type ChainNotes = Pick<MirrorPosition, 'acceptedLinks' | 'hiddenSnapshotIds'>;

export class SnapshotChain {
  readonly #keyrings: Keyrings;
  readonly #onBroken: (error: HoldfastError) => void;
  readonly #snapshots = new Map<SnapshotId, SealedSnapshot>();
  readonly #said = new Map<SnapshotId, Said>();
  /** Links, and ids of snapshots, that a person has accepted as missing. */
  readonly #accepted = new Set<string>();
  /** What the server calls erased against the account's will. */
  readonly #hidden = new Set<SnapshotId>();
  readonly #reported = new Set<string>();

  constructor(keyrings: Keyrings, onBroken: (error: HoldfastError) => void) {
    this.#keyrings = keyrings;
    this.#onBroken = onBroken;
  }

  /** Newest first, by the server's order. What is trashed is among them. */
  all(): KnownSnapshot[] {
    return [...this.#snapshots.values()]
      .sort((a, b) => b.record.seq - a.record.seq)
      .map((snapshot) => this.#known(snapshot));
  }

  find(snapshotId: SnapshotId): KnownSnapshot | undefined {
    const snapshot = this.#snapshots.get(snapshotId);
    return snapshot && this.#known(snapshot);
  }

  /** What this device sends when a person marks a snapshot that is known. Throws `snapshot-missing`. */
  async statement(snapshotId: SnapshotId, mark: SnapshotMark): Promise<Uint8Array<ArrayBuffer>> {
    const snapshot = this.#snapshots.get(snapshotId);
    if (snapshot === undefined) throw new HoldfastError('snapshot-missing');
    const { link, description } = snapshot;
    const revision = (this.#said.get(snapshotId)?.revision ?? 0) + 1;
    const statement = { revision, mark, link, predecessor: description.predecessor };
    return makeMarkStatement(this.#keyrings.current, snapshotId, statement);
  }

  /**
   * Gives the record that counts: `undefined` for one that can't be opened, which is reported and doesn't hide the
   * others. One that is known stays as it was first told, whatever the server says of it now; that is reported.
   */
  async add(record: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const { snapshotId, sealed } = record;
    const known = this.#snapshots.get(snapshotId);
    if (known !== undefined) {
      this.#compare(known.record, record);
      return known.record;
    }
    try {
      const description = await openSnapshot(this.#keyrings, snapshotId, sealed);
      const link = await snapshotLink(this.#keyrings, snapshotId, sealed);
      const place = placeOf(link, description.predecessor);
      this.#snapshots.set(snapshotId, { record, description, link, place });
      return record;
    } catch (error) {
      const detail = `snapshot ${snapshotId} can’t be opened`;
      this.#report(detail, new HoldfastError('history-broken', { detail, cause: error }));
      return undefined;
    }
  }

  /**
   * Takes what the server passes on; false if something else was said later. A statement that no device of
   * the account made is reported and ignored.
   */
  async mark(kept: KeptMark): Promise<boolean> {
    const { snapshotId, eraseAtMs, isErased = false } = kept;
    try {
      const statement = await openMarkStatement(this.#keyrings, snapshotId, kept.statement);
      if (this.#isNews(snapshotId, statement)) {
        const place = placeOf(statement.link, statement.predecessor);
        this.#said.set(snapshotId, { ...statement, place, eraseAtMs, isErased });
      }
      const said = this.#said.get(snapshotId);
      return said?.revision === statement.revision && said.eraseAtMs === eraseAtMs;
    } catch (error) {
      const detail = `snapshot ${snapshotId} bears a mark that no device of this account gave it`;
      this.#report(detail, new HoldfastError('history-broken', { detail, cause: error }));
      return false;
    }
  }

  /**
   * The server says that a snapshot is erased. True if that is so by the account's own will; else the
   * snapshot stays here, and is reported.
   */
  erase(snapshotId: SnapshotId, nowMs: number): boolean {
    const said = this.#said.get(snapshotId);
    if (said?.mark !== 'trashed') {
      // One that this device never saw is missed when another names it as its predecessor.
      if (this.#snapshots.has(snapshotId)) this.#hide(snapshotId);
      return false;
    }
    if (nowMs < said.eraseAtMs - EARLY_MS && this.#snapshots.has(snapshotId))
      this.#report(snapshotId, gone('snapshot-erased-early', snapshotId));
    this.#said.set(snapshotId, { ...said, isErased: true });
    this.#snapshots.delete(snapshotId);
    return true;
  }

  /**
   * Reports each predecessor that is missing or came later than what names it; only where everything that the
   * server has was heard. Reports `promised` snapshots, too, of which nothing was heard.
   */
  check(promised: readonly SnapshotId[] = []): void {
    this.#checkOrder();
    for (const snapshotId of this.#unheardOf(promised)) {
      const detail = `snapshot ${snapshotId} is not there, though the server acknowledged it`;
      this.#report(detail, new HoldfastError('history-broken', { detail }));
    }
    for (const [link, snapshotId] of this.#missing()) {
      const detail = `snapshot ${snapshotId} names a predecessor that is not there`;
      this.#report(link, new HoldfastError('history-broken', { detail }));
    }
  }

  /** From now on nobody misses what is missing now. */
  accept(promised: readonly SnapshotId[] = []): void {
    for (const link of this.#missing().keys()) this.#accepted.add(link);
    for (const snapshotId of this.#unheardOf(promised)) this.#accepted.add(snapshotId);
  }

  notes(): ChainNotes {
    return { acceptedLinks: [...this.#accepted], hiddenSnapshotIds: [...this.#hidden] };
  }

  /** Takes up the notes of an earlier start: what is hidden is reported again. */
  restore({ acceptedLinks, hiddenSnapshotIds }: ChainNotes): void {
    for (const link of acceptedLinks) this.#accepted.add(link);
    for (const snapshotId of hiddenSnapshotIds) this.#hide(snapshotId);
  }

  /** A snapshot never changes, nor does its place or the time at which it was received. */
  #compare(known: SnapshotRecord, { snapshotId, seq, receivedAtMs, sealed }: SnapshotRecord): void {
    const isSame = known.seq === seq && known.receivedAtMs === receivedAtMs;
    if (isSame && equalBytes(known.sealed, sealed)) return;
    const detail = `snapshot ${snapshotId} is another than this device saw`;
    this.#report(detail, new HoldfastError('history-broken', { detail }));
  }

  #unheardOf(promised: readonly SnapshotId[]): SnapshotId[] {
    return promised.filter(
      (id) => !this.#snapshots.has(id) && !this.#said.has(id) && !this.#accepted.has(id),
    );
  }

  /** A snapshot names what was there before it. */
  #checkOrder(): void {
    const seqs = new Map<string, number>();
    for (const { place, record } of this.#snapshots.values()) seqs.set(place.own, record.seq);
    for (const [snapshotId, { place, record }] of this.#snapshots) {
      const seq = seqs.get(place.predecessor);
      if (seq === undefined || seq < record.seq) continue;
      const detail = `snapshot ${snapshotId} comes before its predecessor`;
      this.#report(detail, new HoldfastError('history-broken', { detail }));
    }
  }

  /** Links that nothing here has, each with a snapshot that names it. */
  #missing(): Map<string, SnapshotId> {
    const there = new Set([linkKey(NO_PREDECESSOR), ...this.#accepted]);
    const named = new Map<string, SnapshotId>();
    for (const [snapshotId, { place }] of this.#snapshots) {
      there.add(place.own);
      named.set(place.predecessor, snapshotId);
    }
    for (const [snapshotId, { place, isErased }] of this.#said) {
      if (!isErased) continue;
      there.add(place.own);
      named.set(place.predecessor, snapshotId);
    }
    for (const link of there) named.delete(link);
    return named;
  }

  /** Throws `seal-broken` for a statement about another snapshot of that id. */
  #isNews(snapshotId: SnapshotId, { revision, mark, link }: MarkStatement): boolean {
    const snapshot = this.#snapshots.get(snapshotId);
    if (snapshot !== undefined && !equalBytes(snapshot.link, link)) throw new HoldfastError('seal-broken');
    const said = this.#said.get(snapshotId);
    if (said === undefined || revision > said.revision) return true;
    // Two devices at once: the server's order counts. The same again could only bring the erasing forward.
    return revision === said.revision && mark !== said.mark;
  }

  #known(snapshot: SealedSnapshot): KnownSnapshot {
    const said = this.#said.get(snapshot.record.snapshotId);
    const mark = said?.mark ?? 'kept';
    return mark === 'trashed' && said !== undefined
      ? { ...snapshot, mark, eraseAtMs: said.eraseAtMs }
      : { ...snapshot, mark };
  }

  #hide(snapshotId: SnapshotId): void {
    this.#hidden.add(snapshotId);
    this.#report(snapshotId, gone('snapshot-hidden', snapshotId));
  }

  /** Once for each thing: the same is found again at every look. */
  #report(what: string, error: HoldfastError): void {
    if (this.#reported.has(what) || this.#reported.size === MOST_REPORTS) return;
    this.#reported.add(what);
    this.#onBroken(error);
  }
}

function placeOf(link: Uint8Array, predecessor: Uint8Array): Place {
  return { own: linkKey(link), predecessor: linkKey(predecessor) };
}

function gone(code: 'snapshot-hidden' | 'snapshot-erased-early', snapshotId: SnapshotId): HoldfastError {
  return new HoldfastError(code, { detail: `snapshot ${snapshotId}` });
}
