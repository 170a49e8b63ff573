/** `npm run doctor`: checks all that is in the data folder; `--repair` mends it. Stop the server first. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { ROOT } from './lib/paths.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  requireNode();
  await ensureInstalled();
  await ensureBuilt();
  await import(pathToFileURL(path.join(ROOT, 'dist/node/server/doctor.js')).href);
  return undefined;
});
