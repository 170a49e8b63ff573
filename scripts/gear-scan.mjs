/** `npm run gear-scan`: assembles the chunker's loop anew, after a change of shared/format/gear-scan.wat. */
import { writeFileSync } from 'node:fs';
import { GEAR_SCAN_MODULE, assembleGearScan } from './lib/gear-scan.mjs';

writeFileSync(GEAR_SCAN_MODULE, await assembleGearScan());
