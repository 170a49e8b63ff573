/** Releases of a package from npm's registry, unpacked, and kept for the next run. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Folders with the unpacked files of `versions` of a package, in that order. */
export async function unpackedReleases(name: string, versions: readonly string[]): Promise<string[]> {
  const cache = path.join(tmpdir(), 'holdfast-bench-releases');
  const folders: string[] = [];
  for (const version of versions) {
    const folder = path.join(cache, `${name.replaceAll('/', '+')}-${version}`);
    if (!(await exists(folder))) await unpack(`${name}@${version}`, folder);
    folders.push(folder);
  }
  return folders;
}

async function unpack(spec: string, folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  const { stdout } = await execute('npm', ['pack', spec, '--silent', '--pack-destination', unfinished]);
  const tarball = path.join(unfinished, stdout.trim().split('\n').at(-1) ?? '');
  await execute('tar', ['-xzf', tarball, '-C', unfinished, '--no-same-owner']);
  await rename(path.join(unfinished, 'package'), folder);
  await execute('rm', ['-r', unfinished]);
}

async function exists(folder: string): Promise<boolean> {
  return readdir(folder).then(
    () => true,
    () => false,
  );
}
