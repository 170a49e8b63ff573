/** Where things are in the project. Only Node's own modules: it runs before anything is installed. */
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
