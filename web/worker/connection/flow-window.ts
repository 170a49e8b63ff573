/**
 * How much may be under way one way, and in how large frames: what the connection holds (rate × round trip) and a
 * short queue, so that it never runs dry between two answers and nothing waits long. Grows by itself: what fills
 * the window raises the rate that is measured, and that the window, until the connection is full.
 */
import { MAX_FRAME_BYTES } from '../../../shared/wire/frame.ts';

/** How long a queue is aimed at, in time. */
const QUEUE_MS = 200;
/** At first, so that a long way is filled sooner: as long as nothing is queued, what is aimed at is only growth. */
const FIRST_QUEUE_MS = 400;
/**
 * On a long way both are longer: they are what the window grows by in a round trip, which has to be enough for the rate
 * to be seen growing.
 */
const LONG_WAY = { queueMs: 300, firstQueueMs: 490, perRoundTrip: 3 / 8 };
/** Beyond this the rate was thought too high. */
export const QUEUE_TOO_LONG_MS = 450;

/** Before anything was measured: a quarter of a second at 1 Mbit/s. */
export const FIRST_WINDOW_BYTES = 32 * 1024;
const MIN_WINDOW_BYTES = 8 * 1024;
/** A window holds this many frames: so it opens in small steps. */
const FRAMES_IN_WINDOW = 4;
/** Larger frames, up to whole ones, would save nothing worth the wait. */
const MAX_PART_BYTES = 64 * 1024;
const MIN_PART_BYTES = 2 * 1024;
/** With a limit a frame may take so long of it. */
const FRAME_SECONDS = 0.1;

export interface FlowFacts {
  /** As measured. */
  readonly rate: { readonly best: number | undefined; readonly isGrowing: boolean };
  /** What the person allows, in bytes per second. */
  readonly limit: number | undefined;
  readonly roundTrip: { readonly leastMs: number; readonly isDraining: boolean };
  /** The memory that is set apart. */
  readonly maxBytes: number;
}

export function windowBytes({ rate, limit = Infinity, roundTrip, maxBytes }: FlowFacts): number {
  if (rate.best === undefined) return FIRST_WINDOW_BYTES;
  const perMs = Math.min(rate.best, limit) / 1_000;
  // A queue that memory bounds is shorter anyhow.
  if (perMs * QUEUE_MS >= maxBytes) return maxBytes;
  const { leastMs, isDraining } = roundTrip;
  const heldMs = isDraining ? leastMs / 2 : leastMs + queueMs(rate, limit, leastMs);
  return Math.min(maxBytes, Math.max(MIN_WINDOW_BYTES, perMs * heldMs));
}

function queueMs({ best = 0, isGrowing }: FlowFacts['rate'], limit: number, roundTripMs: number): number {
  if (isGrowing && best < limit)
    return Math.max(FIRST_QUEUE_MS, Math.min(LONG_WAY.firstQueueMs, roundTripMs));
  return Math.max(QUEUE_MS, Math.min(LONG_WAY.queueMs, roundTripMs * LONG_WAY.perRoundTrip));
}

/** The largest frame that should be sent whole; those above go in parts of at most `partBytes`. */
export function frameSizes(window: number, limit = Infinity): { wholeBytes: number; partBytes: number } {
  const wanted = Math.min(window / FRAMES_IN_WINDOW, limit * FRAME_SECONDS);
  const partBytes = Math.floor(Math.min(MAX_PART_BYTES, Math.max(MIN_PART_BYTES, wanted)));
  return { wholeBytes: wanted >= MAX_FRAME_BYTES ? MAX_FRAME_BYTES : partBytes, partBytes };
}
