/** `npm run build`: builds the server and the page anew. */
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { runMain } from './lib/run.mjs';

await runMain(async () => {
  requireNode();
  await ensureInstalled();
  await ensureBuilt({ force: true });
  return 0;
});
