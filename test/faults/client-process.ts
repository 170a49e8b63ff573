/** The client of client-main.ts as a child process that backs a round's files up. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { SnapshotId } from '../../shared/ids.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';
import { ACCOUNT } from './account.ts';

export interface ClientProcess {
  readonly child: ChildProcess;
  readonly signedIn: Promise<unknown>;
  readonly snapshotId: Promise<SnapshotId>;
}

/** `main`: what client-main.ts became. It is killed when the test ends. */
export function startClient(
  test: CleanUp,
  main: string,
  of: { readonly url: string; readonly seed: number; readonly round: number },
): ClientProcess {
  const { name, password } = ACCOUNT;
  const args = [main, of.url, name, password, String(of.seed), String(of.round)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  test.after(() => void child.kill('SIGKILL'));
  let output = '';
  const said = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      child.stdout.on('data', () => {
        const [, found] = pattern.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.on('exit', () => {
        reject(new Error(output));
      });
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const signedIn = said(/(signed in)/);
  const snapshotId = said(/snapshot (\w+)\n/) as Promise<SnapshotId>;
  for (const promise of [signedIn, snapshotId]) promise.catch(() => undefined); // those of one that is killed
  return { child, signedIn, snapshotId };
}
