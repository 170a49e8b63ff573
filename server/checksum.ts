/** The checksum, ready to use: the server's modules are loaded once, and wait for it. */
import { loadChecksum } from '../shared/checksum.ts';

export const checksum = await loadChecksum();
