/** Our elements' events, typed in one place: `fire` takes only what the map knows. */
import type { NamedSource } from '../state/backups.ts';
import type { PeriodDraft, RateDraft } from '../state/network-draft.ts';
import type {
  EntryInfo,
  RecoveryAnswer,
  RetentionPolicy,
  Schedule,
  SnapshotId,
  SourceInfo,
} from '../state/types.ts';

declare global {
  interface HTMLElementEventMap {
    'hf-source-picked': CustomEvent<NamedSource>;
    /** The person said which source a picked one is; undefined is a new one. */
    'hf-source-identified': CustomEvent<SourceInfo | undefined>;
    'hf-source-settings': CustomEvent<SourceInfo>;
    'hf-source-repick': CustomEvent<SourceInfo>;
    'hf-rules-changed': CustomEvent<readonly string[]>;
    'hf-retention-changed': CustomEvent<RetentionPolicy>;
    'hf-rates-changed': CustomEvent<RateDraft>;
    'hf-period-changed': CustomEvent<PeriodDraft>;
    'hf-period-removed': CustomEvent<undefined>;
    'hf-schedule-changed': CustomEvent<Schedule>;
    'hf-snapshot-chosen': CustomEvent<{ readonly snapshotId: SnapshotId; readonly chosen: boolean }>;
    'hf-verify-wanted': CustomEvent<SnapshotId>;
    'hf-file-opened': CustomEvent<EntryInfo>;
    'hf-words-kept': CustomEvent<undefined>;
    'hf-words-answered': CustomEvent<readonly RecoveryAnswer[]>;
    'hf-password-changed': CustomEvent<{ readonly password: string; readonly isGoodEnough: boolean }>;
    'hf-folder-opened': CustomEvent<string>;
    'hf-selection-changed': CustomEvent<ReadonlySet<string>>;
    'hf-up': CustomEvent<undefined>;
    'hf-closed': CustomEvent<undefined>;
  }
}

/** The events of ours that carry something. */
type OurEvents = {
  [
    Name in keyof HTMLElementEventMap as Name extends `hf-${string}` ? Name : never
  ]: HTMLElementEventMap[Name] extends CustomEvent<infer Detail> ? Detail : never;
};

/** Dispatches one of our events on `target`; it bubbles and leaves shadow roots. */
export function fire<Name extends keyof OurEvents>(
  target: EventTarget,
  name: Name,
  detail: OurEvents[Name],
): void {
  target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}
