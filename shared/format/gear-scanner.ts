/** The gear hash over content, in WebAssembly (gear-scan.wat, which says why). */
import { HoldfastError } from '../errors.ts';
import { GEAR_SCAN_WASM } from './gear-scan.ts';

const TABLE_BYTES = 1_024;
const CONTENT_BYTES = 256 * 1_024;

/** What gear-scan.wat exports. */
interface GearScan {
  readonly memory: WebAssembly.Memory;
  readonly hash: WebAssembly.Global<'i32'>;
  readonly scan: (at: number, stop: number, mask: number) => number;
}

/** The hash with one vault's table. Holds some 320 KiB: one for each thread is enough. */
export class GearScanner {
  readonly #gear: GearScan;
  readonly #content: Uint8Array;

  /** `table`: 256 little-endian u32. Throws `malformed` if it is of another length. */
  constructor(table: Uint8Array) {
    if (table.length !== TABLE_BYTES) throw new HoldfastError('malformed', { detail: 'gear table length' });
    const wasm = Uint8Array.from(atob(GEAR_SCAN_WASM), (character) => character.charCodeAt(0));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm));
    this.#gear = instance.exports as unknown as GearScan;
    const { buffer } = this.#gear.memory;
    new Uint8Array(buffer).set(table);
    this.#content = new Uint8Array(buffer, TABLE_BYTES, CONTENT_BYTES);
  }

  /**
   * Goes on from `hash` over `bytes`. `cut` is the offset behind the first byte whose hash has the bits of `mask` zero,
   * or -1; `hash` is that behind the last byte looked at.
   */
  scan(bytes: Uint8Array, mask: number, hash: number): { readonly cut: number; readonly hash: number } {
    const gear = this.#gear;
    gear.hash.value = hash;
    for (let start = 0; start < bytes.length; start += CONTENT_BYTES) {
      const part = bytes.subarray(start, start + CONTENT_BYTES);
      this.#content.set(part);
      const cut = gear.scan(TABLE_BYTES, TABLE_BYTES + part.length, mask);
      if (cut !== -1) return { cut: start + cut - TABLE_BYTES, hash: gear.hash.value };
    }
    return { cut: -1, hash: gear.hash.value };
  }
}
