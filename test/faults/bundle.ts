/** Puts a process of the tests together in one file, once: compiled at each start it would cost most of a round. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { CleanUp } from '../helpers/temp-dir.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below node_modules, so that it finds the dependencies. */
const CACHE = path.join(ROOT, 'node_modules/.cache');

/** The path of the JavaScript that `name`, a file beside this one, becomes; until the test ends. */
export async function bundled(test: CleanUp, name: string): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const outDir = await mkdtemp(path.join(CACHE, 'faults-'));
  test.after(() => rm(outDir, { recursive: true, force: true }));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: { ssr: fileURLToPath(new URL(name, import.meta.url)), outDir, minify: false, target: 'node20' },
  });
  return path.join(outDir, name.replace(/\.ts$/, '.js'));
}
