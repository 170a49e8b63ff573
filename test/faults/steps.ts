/** Places at which a server or a browser may die, and what is told it of that. */

export const SERVER_STEPS = [
  'chunk write',
  'group commit',
  'index commit',
  'snapshot accept',
  'mark',
  'garbage mark',
  'compaction copy',
  'compaction unlink',
] as const;
export type ServerStep = (typeof SERVER_STEPS)[number];

/** From the test to the server: dies right after the `count`-th of these from now on. */
export interface Arming {
  readonly step: ServerStep;
  readonly count: number;
}

/** How a backup without a connection becomes a whole job of the queue, which somebody then tries to send. */
export const OUTBOX_WRITE_STEPS = [
  'job entered',
  'file opened',
  'bytes written',
  'record flushed',
  'progress noted',
  'file closed',
  'job queued',
  'sending begun',
] as const;
/** How such a job goes out and leaves the device. */
export const OUTBOX_DELETE_STEPS = ['sent chunks noted', 'acceptance noted', 'file removed'] as const;
export type OutboxStep = (typeof OUTBOX_WRITE_STEPS)[number] | (typeof OUTBOX_DELETE_STEPS)[number];

/** Steps of files that are written in place; IndexedDB has nothing of the kind. */
export const FILE_STEPS: readonly OutboxStep[] = ['file opened', 'record flushed', 'file closed'];

/** From the test to the browser: stops in the middle of the `count`-th of these from now on, or right after it. */
export interface OutboxArming {
  readonly step: OutboxStep;
  readonly isInside: boolean;
  readonly count: number;
}
