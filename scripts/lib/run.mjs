/**
 * Runs commands in the project's folder with live output. Only Node's own modules: it runs before
 * anything is installed.
 */
import { spawn } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { ROOT } from './paths.mjs';

/** A failure that is the user's to mend: its message is the whole explanation. */
export class Stop extends Error {}

/**
 * Runs a command with this process's terminal and resolves with its exit code (1 if a signal ended it).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env] added to this process's environment
 * @returns {Promise<number>}
 */
export function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

/**
 * Runs a command without showing its output, and resolves with both.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, priority?: number }} [options] `env` is added to this process's environment;
 *   a `priority` above this process's own lets others go first (os.setPriority)
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runQuietly(command, args, { env = {}, priority = 0 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    // Never the other way, which takes rights.
    if (child.pid !== undefined && priority > getPriority()) setPriority(child.pid, priority);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * The arguments for Node that run an installed package's command line.
 * @param {string} script path of the command line's script under node_modules
 * @param {readonly string[]} args
 * @returns {string[]}
 */
export function installed(script, ...args) {
  return [`node_modules/${script}`, ...args];
}

/**
 * Runs a script's main function: a Stop ends the process with its sentence, anything else with its trace.
 * @param {() => Promise<number | undefined>} main resolves with the exit code; undefined leaves the process running
 */
export async function runMain(main) {
  try {
    const code = await main();
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
}
