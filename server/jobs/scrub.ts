/**
 * Reads everything that is kept against its checksums, segment by segment, slowly, and goes on where it was
 * after a restart. A damaged chunk or page counts as missing from then on, so that clients send it again; other
 * records are written anew from the index.
 */
import { HoldfastError } from '../../shared/errors.ts';
import type { VaultId } from '../../shared/ids.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../ports.ts';
import type { Kind } from '../store/ports.ts';
import type { LiveRecord, ScrubState, Upkeep } from '../store/upkeep-ports.ts';
import { reportLostChunks } from './lost-chunks.ts';
import { movedTo } from './moved.ts';
import { Pace } from './pace.ts';

export interface ScrubOptions {
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Infinity: as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Something of the vault was found damaged. */
  readonly onVaultChanged: (vaultId: VaultId) => void;
}

export interface ScrubReport {
  readonly segments: number;
  readonly damagedRecords: number;
}

export class Scrub {
  readonly #options: ScrubOptions;
  readonly #pace: Pace;

  constructor(options: ScrubOptions) {
    this.#options = options;
    this.#pace = new Pace(options);
  }

  /** Begins a scrub, unless one is under way. */
  async begin(): Promise<void> {
    const state = await this.#state();
    if (state.nextSegment === undefined) await this.#note({ ...state, nextSegment: 0 });
  }

  /** Runs the scrub that has begun to its end. Throws `storage-full`, `storage-failed`, `shutting-down`. */
  async run(): Promise<ScrubReport> {
    const { upkeep, clock } = this.#options;
    const lastSegment = upkeep.blobs.end.segment;
    const state = await this.#state();
    let [segments, damagedRecords] = [0, 0];
    for (let next = state.nextSegment; next !== undefined;) {
      const segment = await this.#segmentFrom(next);
      if (segment === undefined || segment > lastSegment) break;
      damagedRecords += await this.#check(segment);
      segments++;
      next = segment + 1;
      await this.#note({ ...state, nextSegment: next });
      await this.#pace.turn();
    }
    damagedRecords += await this.#reportLost();
    await this.#note({ nextSegment: undefined, finishedAtMs: clock.nowMs() });
    return { segments, damagedRecords };
  }

  /** Chunks of which no record is left. */
  async #reportLost(): Promise<number> {
    const { upkeep, log, onVaultChanged } = this.#options;
    let count = 0;
    for (const vaultId of await upkeep.catalog.upkeep.vaultIds()) {
      const here = await reportLostChunks({ upkeep, log, pace: this.#pace }, vaultId);
      if (here > 0) onVaultChanged(vaultId);
      count += here;
    }
    return count;
  }

  #state(): Promise<ScrubState> {
    return this.#options.upkeep.catalog.upkeep.scrubState();
  }

  #note(state: ScrubState): Promise<void> {
    return this.#options.upkeep.catalog.upkeep.setScrubState(state);
  }

  /** The next segment that is there, or that should be there. */
  async #segmentFrom(next: number): Promise<number | undefined> {
    const { blobs, catalog } = this.#options.upkeep;
    const expected = [...(await catalog.upkeep.liveBytes()).keys()];
    const segments = [...blobs.segments(), ...expected].filter((segment) => segment >= next);
    return segments.length === 0 ? undefined : Math.min(...segments);
  }

  /** How many damaged records the index counted on. */
  async #check(segment: number): Promise<number> {
    const { catalog } = this.#options.upkeep;
    const found = await this.#read(segment);
    const expectedBytes = (await catalog.upkeep.liveBytes()).get(segment) ?? 0;
    if (found.liveBytes >= expectedBytes) return 0;
    const damaged: LiveRecord[] = [];
    for await (const record of catalog.upkeep.liveRecords(segment)) {
      if (!found.soundOffsets.has(record.place.offset) && !(await this.#isSound(record)))
        damaged.push(record);
    }
    await this.#report(segment, damaged);
    return damaged.length;
  }

  async #read(segment: number) {
    const { blobs, catalog } = this.#options.upkeep;
    const soundOffsets = new Set<number>();
    let liveBytes = 0;
    for await (const scanned of blobs.walk(segment)) {
      if (scanned.type === 'record') {
        const { head, place, lengthBytes } = scanned;
        soundOffsets.add(place.offset);
        if ((await catalog.upkeep.entryAt(head, place)) !== undefined) liveBytes += lengthBytes;
      }
      await this.#pace.spend(scanned.lengthBytes);
    }
    return { soundOffsets, liveBytes };
  }

  /** Looks again: it may have been written since, or moved. */
  async #isSound({ type, place }: LiveRecord): Promise<boolean> {
    try {
      await this.#options.upkeep.blobs.read(type, place, new Uint8Array(place.bodyBytes));
      return true;
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'storage-damaged') return false;
      throw error;
    }
  }

  async #report(segment: number, damaged: readonly LiveRecord[]): Promise<void> {
    const { upkeep, log } = this.#options;
    for (const vaultId of new Set(damaged.map((record) => record.vaultId))) {
      const here = damaged.filter((record) => record.vaultId === vaultId);
      log.warn({ segment, vaultId, records: here.map(({ type, id }) => ({ type, id })) }, 'damage found');
      const vault = await upkeep.vault(vaultId);
      for (const [kind, type] of KINDS)
        await vault.reportDamaged(
          kind,
          here.filter((record) => record.type === type),
        );
      await this.#rewrite(vaultId, here);
      this.#options.onVaultChanged(vaultId);
    }
  }

  /** Writes anew what the index knows by heart. */
  async #rewrite(vaultId: VaultId, damaged: readonly LiveRecord[]): Promise<void> {
    const { upkeep, log } = this.#options;
    for (const record of damaged) {
      const known = await upkeep.catalog.upkeep.recordOf(record);
      if (known === undefined) continue;
      await upkeep.write(() => movedTo(known.entry, [upkeep.blobs.append(known.head, known.body)]));
      log.info({ vaultId, type: record.type, id: record.id }, 'a damaged record was written anew');
    }
  }
}

const KINDS: readonly (readonly [Kind, LiveRecord['type']])[] = [
  ['chunk', 'piece'],
  ['page', 'ref-page'],
];
