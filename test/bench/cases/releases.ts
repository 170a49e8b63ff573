/**
 * Ten releases of a package as ten snapshots of one folder: what all of them take on the server. The figure is
 * in bytes and not in seconds, so the engine runs in this process, in Node.
 */
import { cp, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PickedSource } from '../../../web/bridge/engine-api.ts';
import { startServer } from '../../helpers/server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { signUp, startEngine } from '../../worker/engine-client.ts';
import { bytesBelow } from '../bytes-below.ts';
import { MEGABYTE } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { unpackedReleases } from '../npm-releases.ts';
import { openResticRepository, resticVersion } from '../restic-repository.ts';
import { withScope } from '../scope.ts';

/** Consecutive ones. One package of many small files, one of few large ones. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'date-fns': [
    '2.24.0',
    '2.25.0',
    '2.26.0',
    '2.27.0',
    '2.28.0',
    '2.29.0',
    '2.29.1',
    '2.29.2',
    '2.29.3',
    '2.30.0',
  ],
  typescript: ['5.5.2', '5.5.3', '5.5.4', '5.6.2', '5.6.3', '5.7.2', '5.7.3', '5.8.2', '5.8.3', '5.9.2'],
};

export async function runReleases(say: (text: string) => void): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const [name, versions] of Object.entries(PACKAGES)) {
    say(`Getting ${name} …`);
    const folders = await unpackedReleases(name, versions);
    const note = `${name} ${versions[0] ?? ''} to ${versions.at(-1) ?? ''}`;
    measured.push(...(await runRestic(name, folders)), ...(await runOwn(name, folders, note)));
  }
  return measured;
}

async function runOwn(name: string, folders: readonly string[], note: string): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const server = await startServer(scope);
    const client = await startEngine(server.url);
    scope.after(() => {
      client.engine.stop();
    });
    const inviteToken = await server.firstRunToken();
    await signUp(client, { inviteToken, name: 'bench', password: 'a long password for the benchmark' });
    const segments = path.join(server.dataDir, 'segments');
    const parts: number[] = [];
    for (const folder of folders) {
      const before = await bytesBelow(segments);
      // Packed files all bear one time: only their content tells releases apart.
      const request = { sourceName: name, picked: await pickedFolder(folder), mode: 'full' } as const;
      const job = await client.ended(await client.engine.backUp(request));
      if (job.receipt === undefined || job.problemsTotal > 0)
        throw new Error(`The backup ended as ${JSON.stringify(job)}`);
      parts.push((await bytesBelow(segments)) - before);
    }
    return storedMeasurements(`releases ${name}`, parts, note);
  });
}

async function runRestic(name: string, folders: readonly string[]): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const version = await resticVersion();
    if (version === undefined) return [];
    const restic = await openResticRepository(scope);
    const source = path.join(await tempDir(scope), name);
    const parts: number[] = [];
    for (const folder of folders) {
      await rm(source, { recursive: true, force: true });
      await mkdir(source);
      await cp(folder, source, { recursive: true, preserveTimestamps: true });
      parts.push((await restic.backUp(source)).storedBytes);
    }
    return storedMeasurements(`restic releases ${name}`, parts, version);
  });
}

function storedMeasurements(name: string, parts: readonly number[], note: string): Measurement[] {
  const [first = NaN, ...later] = parts;
  const laterBytes = later.reduce((sum, part) => sum + part, 0);
  return [
    { name, value: (first + laterBytes) / MEGABYTE, unit: 'MB', note },
    { name: `${name} first`, value: first / MEGABYTE, unit: 'MB' },
    { name: `${name} later`, value: laterBytes / MEGABYTE, unit: 'MB', note: 'the others together' },
  ];
}

/** A folder on the disk as a browser without handles gives it. */
async function pickedFolder(folder: string): Promise<PickedSource> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const partsOf = ({ parentPath, name }: { readonly parentPath: string; readonly name: string }): string[] =>
    path.relative(folder, path.join(parentPath, name)).split(path.sep);
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const [content, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
        const lastModified = Math.floor(mtimeMs);
        return {
          path: partsOf(entry),
          file: new File([new Uint8Array(content)], entry.name, { lastModified }),
        };
      }),
  );
  return {
    kind: 'files',
    files,
    folders: entries.filter((entry) => entry.isDirectory()).map(partsOf),
  };
}
