/** `npm run rebuild`: makes the server's index anew from its segments. Stop the server first. */
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
  await import(pathToFileURL(path.join(ROOT, 'dist/node/server/rebuild.js')).href);
  return undefined;
});
