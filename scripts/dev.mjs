/**
 * `npm run dev`: the server, restarted when its sources change, and Vite's server of the page, which passes
 * the WebSocket on to it. Ends with either of them.
 */
import { spawn } from 'node:child_process';
import { ensureInstalled, requireNode } from './lib/install.mjs';
import { ROOT } from './lib/paths.mjs';
import { installed, runMain } from './lib/run.mjs';

const PROCESSES = [installed('tsx/dist/cli.mjs', 'watch', 'server/main.ts'), installed('vite/bin/vite.js')];

await runMain(async () => {
  requireNode();
  await ensureInstalled();
  console.log(
    'The page is at the address that Vite prints; put it before the /#/ of links that the server prints.',
  );
  const children = PROCESSES.map((args) => spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }));
  const stop = () => {
    for (const child of children) child.kill('SIGTERM');
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await Promise.race(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
  stop();
  return undefined;
});
