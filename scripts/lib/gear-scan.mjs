/** The chunker's loop: from WebAssembly text to a module that can be imported, wherever the app runs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import loadWabt from 'wabt';
import { ROOT } from './paths.mjs';

const FORMAT = path.join(ROOT, 'shared/format');
const SOURCE = path.join(FORMAT, 'gear-scan.wat');

export const GEAR_SCAN_MODULE = path.join(FORMAT, 'gear-scan.ts');

/** What GEAR_SCAN_MODULE holds. Throws where the text is wrong. */
export async function assembleGearScan() {
  const wabt = await loadWabt();
  const parsed = wabt.parseWat(SOURCE, readFileSync(SOURCE, 'utf8'));
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  const base64 = Buffer.from(buffer).toString('base64');
  return `/** gear-scan.wat, assembled. */\nexport const GEAR_SCAN_WASM =\n  '${base64}';\n`;
}
