/**
 * A vault that was backed up twice, the knowledge of which chunks its files lie in, and the question that every
 * attack on it is put to: does a restore leave out exactly what is affected, and is all else right?
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ChunkId, SnapshotId } from '../../shared/ids.ts';
import type { JobProgress } from '../../web/bridge/engine-api.ts';
import { picked, signUp } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';
import { memorySessions } from '../worker/engine-ports.ts';
import { assertSameEntries } from './assert-same.ts';
import { backUp, restoreFolder, restoreZip, seenSnapshot, snapshotOf, startDevice } from './engine-device.ts';
import type { Contents } from './engine-device.ts';
import { startLyingProxy } from './lying-proxy.ts';
import type { LyingProxy } from './lying-proxy.ts';
import { seededRandom } from './seeded-random.ts';
import { startServer } from './server.ts';
import type { RunningServer } from './server.ts';
import type { CleanUp } from './temp-dir.ts';

const MEGABYTE = 1_000_000;
const TWIN_BYTES = 200_000;
const SMALL_BYTES = 3_000;
const SEGMENT_BYTES = 1024 * 1024;
const FIRST_MODIFIED_AT_MS = 1_700_000_000_000;
const REPORT = 'holdfast-restore-report.txt';

export const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };

export interface VaultToAttack {
  /** It has many small segments. */
  readonly server: RunningServer;
  readonly proxy: LyingProxy;
  /** The first device: made the account, backed up, goes on living. Speaks to the server itself. */
  readonly client: EngineClient;
  readonly olderId: SnapshotId;
  readonly newerId: SnapshotId;
  /** Files of the newer snapshot: `victim.bin` of several chunks, twins of one of equal size, small ones that share one. */
  readonly files: readonly string[];
  /** The content chunks of a file in the newer snapshot, in order. */
  chunksOf(file: string): readonly ChunkId[];
  /** The files of the newer snapshot that need one of these chunks. */
  filesWith(chunkIds: ReadonlySet<ChunkId>): string[];
  readonly folderChunks: readonly ChunkId[];
  /** The only chunk of `twin a.bin` in the older snapshot. */
  readonly olderTwin: ChunkId;
  /** A device of the account that had nothing of the vault; it has heard of the newer snapshot, or of the one given. */
  newDevice(url: string, snapshotId?: SnapshotId): Promise<EngineClient>;
  /**
   * Restores the newer snapshot through `url` into a zip and into a folder. Fails unless exactly `affected` is
   * left out, each file named with one of `codes`, and everything else is right.
   */
  assertLeavesOut(url: string, affected: readonly string[], codes: readonly ErrorCode[]): Promise<void>;
}

/** Makes one, with a server of its own. */
export async function makeVaultToAttack(test: CleanUp): Promise<VaultToAttack> {
  const [older, newer] = makeContents();
  const server = await startServer(test, { env: { HOLDFAST_SEGMENT_SIZE_BYTES: String(SEGMENT_BYTES) } });
  const proxy = await startLyingProxy(test, server.url);
  const sessions = memorySessions();
  const client = await startDevice(test, server.url, { sessions });
  await signUp(client, { inviteToken: await server.firstRunToken(), ...account });
  const olderId = snapshotOf(await backUp(client, 'Files', picked(older, [], FIRST_MODIFIED_AT_MS)));
  const newerId = snapshotOf(await backUp(client, 'Files', picked(newer, [], FIRST_MODIFIED_AT_MS + 1)));

  const newDevice = async (url: string, snapshotId = newerId): Promise<EngineClient> => {
    const device = await startDevice(test, url, { sessions });
    await seenSnapshot(device, snapshotId);
    return device;
  };
  const asked = async (snapshotId: SnapshotId, file: string): Promise<AskedFor> => {
    const device = await newDevice(proxy.url, snapshotId);
    const answer = await chunksAskedFor(device, proxy, snapshotId, file.split('/'));
    device.engine.stop();
    return answer;
  };
  const files = Object.keys(newer);
  const known = new Map<string, AskedFor>();
  for (const file of files) known.set(file, await asked(newerId, file));
  const chunksOf = (file: string): readonly ChunkId[] => known.get(file)?.content ?? [];
  const [olderTwin] = (await asked(olderId, 'twin a.bin')).content;
  assert.ok(olderTwin !== undefined && chunksOf('victim.bin').length > 2);
  assert.deepEqual(chunksOf('small/0.txt'), chunksOf('small/19.txt'));

  return {
    server,
    proxy,
    client,
    olderId,
    newerId,
    files,
    chunksOf,
    filesWith: (chunkIds) => files.filter((file) => chunksOf(file).some((id) => chunkIds.has(id))),
    folderChunks: [...known.values()].flatMap(({ folders }) => folders),
    olderTwin,
    newDevice,
    assertLeavesOut: async (url, affected, codes) => {
      const device = await newDevice(url);
      const wanted = digests(Object.entries(newer).filter(([name]) => !affected.includes(name)));
      const intoFolder = await restoreFolder(device, newerId);
      assertLeftOut(intoFolder.job, affected, codes);
      assertSameEntries(digests(intoFolder.folder.contents()), wanted);

      const intoZip = await restoreZip(device, newerId);
      assertLeftOut(intoZip.job, affected, codes);
      const inZip = new Map([...intoZip.tree.files].map(([name, { sha256 }]) => [name, sha256]));
      assert.equal(inZip.delete(REPORT), affected.length > 0, 'a zip says what is not in it');
      assertSameEntries(inZip, wanted);
      device.engine.stop();
    },
  };
}

function makeContents(): [older: Contents, newer: Contents] {
  const random = seededRandom(9);
  const smallNames = Array.from({ length: 20 }, (_, index) => `small/${index}.txt`);
  const older: Contents = {
    'victim.bin': random.bytes(5 * MEGABYTE),
    'twin a.bin': random.bytes(TWIN_BYTES),
    'twin b.bin': random.bytes(TWIN_BYTES),
    'folder/other.bin': random.bytes(MEGABYTE),
    'empty.txt': new Uint8Array(),
    ...Object.fromEntries(smallNames.map((name) => [name, random.bytes(SMALL_BYTES)])),
  };
  return [older, { ...older, 'twin a.bin': random.bytes(TWIN_BYTES) }];
}

interface AskedFor {
  readonly content: readonly ChunkId[];
  readonly folders: readonly ChunkId[];
}

/** What a restore of one file asks the server for, by a device that has nothing yet. */
async function chunksAskedFor(
  device: EngineClient,
  proxy: LyingProxy,
  snapshotId: SnapshotId,
  file: readonly string[],
): Promise<AskedFor> {
  proxy.asked.length = 0;
  for (let depth = 0; depth < file.length; depth++) {
    await device.engine.listFolder(snapshotId, file.slice(0, depth));
  }
  const folders = [...proxy.asked];
  await restoreZip(device, snapshotId, [file]);
  return { content: [...new Set(proxy.asked)].filter((id) => !folders.includes(id)), folders };
}

function assertLeftOut(job: JobProgress, affected: readonly string[], codes: readonly ErrorCode[]): void {
  const names = job.problems.map(({ path }) => path).sort();
  assert.deepEqual(names, [...affected].sort());
  for (const { code, path } of job.problems) assert.ok(codes.includes(code), `${path}: ${code}`);
}

function digests(contents: Iterable<readonly [string, Uint8Array]>): Map<string, string> {
  return new Map(
    [...contents].map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
}
