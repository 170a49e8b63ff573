/** The steps that a run consists of, as data: they print themselves in a counterexample. */
import type { SnapshotMark } from '../../shared/wire/messages.ts';
import type { RetentionPolicy } from '../../web/bridge/sources-api.ts';
import type { BackupOptions } from './device.ts';
import type { Edit } from './edits.ts';

/** 0 or 1. */
type DeviceNumber = number;

/** What a device asks of the server. */
export type Request =
  | ({ readonly kind: 'back up'; readonly device: DeviceNumber } & BackupOptions)
  | { readonly kind: 'keep by policy'; readonly device: DeviceNumber; readonly policy: RetentionPolicy }
  | {
      readonly kind: 'mark';
      readonly device: DeviceNumber;
      /** Which of the snapshots that the device knows, counted round. */
      readonly nth: number;
      readonly mark: SnapshotMark;
    };

/** What the server does by itself. */
export type Job =
  | { readonly kind: 'collect garbage' }
  | { readonly kind: 'compact'; readonly minDeadShare: number }
  | { readonly kind: 'scrub' };

export type Task = Request | Job;

/** How a process ends, and with what index the next one begins. */
export interface End {
  readonly how: 'close' | 'kill' | 'power cut';
  readonly index: 'as it is' | 'lost' | 'rebuilt';
  /** Steps after which the next one is killed, too, while it recovers; undefined: it isn't. */
  readonly againAfter: number | undefined;
}

/** An end in the midst of work, after so many of the process's steps. */
export type SuddenEnd = End & { readonly after: number };

export type ServerStep =
  /** A byte on the disk is not what it was, of one of the chunks that are needed, counted round. */
  | { readonly kind: 'rot'; readonly nth: number; readonly seed: number }
  | { readonly kind: 'restart server'; readonly seed: number; readonly end: End }
  | {
      readonly kind: 'work';
      /** All at once. */
      readonly tasks: readonly Task[];
      readonly seed: number;
      readonly ends: SuddenEnd | undefined;
    }
  /** Both graces pass, all jobs run, and the disk must be as full as the model says. */
  | { readonly kind: 'tidy'; readonly seed: number; readonly ends: SuddenEnd | undefined };

export type Step =
  | { readonly kind: 'edit'; readonly device: DeviceNumber; readonly edits: readonly Edit[] }
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'restart device'; readonly device: DeviceNumber; readonly forgets: boolean }
  | ServerStep;

export function printed(steps: readonly Step[]): string {
  return steps.map((step, index) => `${String(index + 1).padStart(3)}. ${JSON.stringify(step)}`).join('\n');
}
