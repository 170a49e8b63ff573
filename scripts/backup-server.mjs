/** `npm run backup-server -- DIR`: copies the server's data while it runs; `--restore DIR` brings a copy back. */
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
  await import(pathToFileURL(path.join(ROOT, 'dist/node/server/backup-server.js')).href);
  return undefined;
});
