/** Places at which a server may die, and what is told it of that. */

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
