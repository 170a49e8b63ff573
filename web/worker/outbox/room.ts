/**
 * Room on this device: asked for before anything is written and watched while it is. Where it runs out the backup
 * waits, and goes on when there is room again.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { EngineProblem } from '../../bridge/engine-api.ts';
import type { Clock } from '../ports.ts';
import { problemOf } from '../problems.ts';
import type { OutboxPorts } from './ports.ts';

/** Left to the browser and to the app's own records. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** What is written before the browser is asked again. */
const LOOK_EVERY_BYTES = 16 * 1024 * 1024;
const LOOK_AGAIN_MS = 2_000;

export interface RoomEvents {
  /** How many bytes are missing; undefined once there is room. */
  onShort(missingBytes: number | undefined): void;
}

export class Room {
  readonly #freeBytes: OutboxPorts['freeBytes'];
  readonly #clock: Clock;
  readonly #events: RoomEvents;
  #leftBytes = 0;

  constructor(freeBytes: OutboxPorts['freeBytes'], clock: Clock, events: RoomEvents) {
    this.#freeBytes = freeBytes;
    this.#clock = clock;
    this.#events = events;
  }

  /** Resolves once there is room for so many bytes. `restBytes`: what is about to follow, to say how much is missing. */
  async take(bytes: number, restBytes: () => number, signal: AbortSignal): Promise<void> {
    if (this.#leftBytes < bytes) await this.#look(bytes, restBytes, signal);
    this.#leftBytes -= bytes;
  }

  /** The browser refused to write: waits a while before the next try. */
  async refused(bytes: number, signal: AbortSignal): Promise<void> {
    this.#leftBytes = 0;
    this.#events.onShort(bytes);
    await this.#clock.sleep(LOOK_AGAIN_MS, signal);
    this.#events.onShort(undefined);
  }

  async #look(bytes: number, restBytes: () => number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const freeBytes = ((await this.#freeBytes()) ?? Infinity) - RESERVE_BYTES;
      signal.throwIfAborted();
      this.#leftBytes = Math.min(freeBytes, Math.max(bytes, LOOK_EVERY_BYTES));
      const isShort = freeBytes < bytes;
      this.#events.onShort(isShort ? Math.max(bytes, restBytes()) - Math.max(0, freeBytes) : undefined);
      if (!isShort) return;
      await this.#clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }
}

/** What a job waits for, as a person reads it. */
export function deviceFull(missingBytes: number): EngineProblem {
  return problemOf(lackOfRoom('device-full', missingBytes));
}

/** Before anything is written: throws `device-short` where so many bytes can't fit. */
export async function expectRoom(freeBytes: OutboxPorts['freeBytes'], bytes: number): Promise<void> {
  const missingBytes = bytes - Math.max(0, ((await freeBytes()) ?? Infinity) - RESERVE_BYTES);
  if (missingBytes > 0) throw lackOfRoom('device-short', missingBytes);
}

function lackOfRoom(code: 'device-full' | 'device-short', bytes: number): HoldfastError {
  const missingBytes = Math.ceil(bytes);
  return new HoldfastError(code, { detail: `${String(missingBytes)} bytes are missing`, missingBytes });
}
