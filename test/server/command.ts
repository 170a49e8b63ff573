/** The server's commands as processes of their own, from their sources. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface CommandEnd {
  readonly code: number | null;
  readonly output: string;
}

/** Runs `server/<name>.ts` on a data folder; resolves when it has ended. */
export function runCommand(
  name: 'backup-server' | 'doctor',
  dataDir: string,
  ...args: readonly string[]
): Promise<CommandEnd> {
  const entry = fileURLToPath(new URL(`../../server/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args], {
    env: { ...process.env, HOLDFAST_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}
