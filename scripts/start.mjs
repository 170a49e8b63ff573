/**
 * `npm start`: from a clean clone to a running server. Installs and builds what is missing or stale, then
 * becomes the server: it runs in this process, so signals and the exit code are its own.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireNode, ensureInstalled } from './lib/install.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ROOT } from './lib/paths.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  requireNode();
  await ensureInstalled();
  await ensureBuilt();
  await import(pathToFileURL(path.join(ROOT, 'dist/node/server/main.js')).href);
  return undefined;
});
