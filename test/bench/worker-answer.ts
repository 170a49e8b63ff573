/** What a worker of the bench answers its page with. */
import type { Figures } from './tasks.ts';

export type WorkerAnswer =
  { readonly ok: true; readonly figures: Figures } | { readonly ok: false; readonly problem: string };
