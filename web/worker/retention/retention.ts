/**
 * How long snapshots are kept: judges a source's snapshots by a policy, and marks them on the server. What is
 * removed goes to the trash, from which it comes back until the server erases it.
 */
import type { SnapshotId, SourceId } from '../../../shared/ids.ts';
import { MAX_MARKED_SNAPSHOTS } from '../../../shared/limits.ts';
import type { RetentionPreview, SnapshotMark } from '../../bridge/history-api.ts';
import type { RetentionPolicy } from '../../bridge/sources-api.ts';
import type { ServerLink } from '../connection/server-link.ts';
import type { KnownSnapshot } from '../vault/mirror.ts';
import type { OpenVault } from '../vault/open-vault.ts';
import { planRetention } from './policy.ts';
import type { Candidate } from './policy.ts';

/** A part of every service's context. */
export interface RetentionContext {
  readonly link: Pick<ServerLink, 'request'>;
  readonly vault: Pick<OpenVault, 'mirror' | 'signal' | 'sync'>;
}

export class Retention {
  readonly #context: RetentionContext;
  readonly #policyOf: (sourceId: SourceId) => Promise<RetentionPolicy>;

  constructor(context: RetentionContext, policyOf: (sourceId: SourceId) => Promise<RetentionPolicy>) {
    this.#context = context;
    this.#policyOf = policyOf;
  }

  /** What a policy would keep, and why, and what it would remove; from the mirror, offline too. */
  preview(sourceId: SourceId, policy: RetentionPolicy): RetentionPreview {
    return planRetention(this.#candidates(sourceId), policy);
  }

  /** Moves what the source's policy doesn't keep to the trash; returns what went. Throws as `mark`. */
  async apply(sourceId: SourceId): Promise<readonly SnapshotId[]> {
    // What another device pinned or added counts.
    await this.#context.vault.sync();
    const { remove } = planRetention(this.#candidates(sourceId), await this.#policyOf(sourceId));
    await this.#mark(remove, 'trashed');
    return remove;
  }

  /**
   * Marks snapshots, a thousand at once: either all of a thousand or none. Once it resolves this device knows of it.
   * Throws `snapshot-missing`, `snapshot-pinned`.
   */
  async mark(snapshotIds: readonly SnapshotId[], mark: SnapshotMark): Promise<void> {
    // Of two statements the later revision counts: one that knows less than others said would be ignored by them.
    await this.#context.vault.sync();
    await this.#mark(snapshotIds, mark);
  }

  async #mark(snapshotIds: readonly SnapshotId[], mark: SnapshotMark): Promise<void> {
    const { link, vault } = this.#context;
    for (let start = 0; start < snapshotIds.length; start += MAX_MARKED_SNAPSHOTS) {
      const snapshots = await Promise.all(
        snapshotIds.slice(start, start + MAX_MARKED_SNAPSHOTS).map(async (snapshotId) => ({
          snapshotId,
          statement: await vault.mirror.markStatement(snapshotId, mark),
        })),
      );
      await link.request({ type: 'mark-snapshots', mark, snapshots }, ['done'], vault.signal);
    }
    if (snapshotIds.length > 0) await vault.sync();
  }

  #candidates(sourceId: SourceId): Candidate[] {
    return this.#context.vault.mirror
      .snapshots()
      .filter(({ mark, description }) => mark !== 'trashed' && description.sourceId === sourceId)
      .map(candidate);
  }
}

function candidate({ record, description, mark }: KnownSnapshot): Candidate {
  const { snapshotId, receivedAtMs } = record;
  const { deviceId, partial, takenAtMs } = description;
  return { snapshotId, receivedAtMs, takenAtMs, deviceId, partial, pinned: mark === 'pinned' };
}
