/**
 * A stopped server whose files are changed, by rot or by an intruder who makes every checksum right again. A
 * restore leaves out exactly the files that are affected, names each with a code, and writes no wrong byte; a
 * device notices when the server's history is not what it saw.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ChunkId } from '../../shared/ids.ts';
import { backUp, snapshotOf, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import type { HeadOf } from '../../server/store/segment-record.ts';
import { cutOff, forge, readRecords, rot } from '../helpers/segment-editor.ts';
import type { StoredRecord } from '../helpers/segment-editor.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { account, makeVaultToAttack } from '../helpers/vault-to-attack.ts';
import type { VaultToAttack } from '../helpers/vault-to-attack.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked } from '../worker/engine-client.ts';
import type { EngineClient } from '../worker/engine-client.ts';

const REBUILD = fileURLToPath(new URL('../../dist/node/server/rebuild.js', import.meta.url));

describe('a server whose files were changed while it was stopped', () => {
  const suite = suiteCleanUp();
  let vault: VaultToAttack;
  let soundCopy: string;

  before(async () => {
    vault = await makeVaultToAttack(suite);
    await vault.server.kill('SIGTERM');
    soundCopy = path.join(await tempDir(suite), 'data');
    await cp(vault.server.dataDir, soundCopy, { recursive: true });
  });

  beforeEach(async () => {
    await vault.server.kill();
    await replaceData(soundCopy);
  });

  async function replaceData(copy: string): Promise<void> {
    await rm(vault.server.dataDir, { recursive: true });
    await cp(copy, vault.server.dataDir, { recursive: true });
  }

  function piecesOf(chunkId: ChunkId | undefined): StoredRecord<HeadOf<'piece'>>[] {
    return readRecords(vault.server.dataDir, 'piece').filter(({ head }) => head.chunkId === chunkId);
  }

  function onlyPieceOf(chunkId: ChunkId | undefined): StoredRecord<HeadOf<'piece'>> {
    const [piece, ...others] = piecesOf(chunkId);
    assert.ok(piece !== undefined && others.length === 0);
    return piece;
  }

  async function assertCosts(
    affected: readonly string[],
    codes: Parameters<VaultToAttack['assertLeavesOut']>[2],
  ) {
    await vault.server.restart();
    await vault.assertLeavesOut(vault.server.url, affected, codes);
  }

  it('is as good as before if nothing was changed', async () => {
    await assertCosts([], []);
  });

  it('costs one file, and no other, by one flipped bit', async () => {
    const piece = piecesOf(vault.chunksOf('victim.bin').at(-2)).at(-1);
    assert.ok(piece !== undefined);
    rot(piece, (body) => {
      body[1000] = (body[1000] ?? 0) ^ 0x10;
    });
    await assertCosts(['victim.bin'], ['storage-damaged']);
  });

  it('costs the files behind the cut, and no other, by a segment cut off in the middle', async () => {
    const cut = piecesOf(vault.chunksOf('victim.bin').at(1)).at(0);
    assert.ok(cut !== undefined);
    const lost = readRecords(vault.server.dataDir, 'piece').filter(
      ({ file, offset }) => file === cut.file && offset >= cut.offset,
    );
    cutOff(cut);
    const affected = vault.filesWith(new Set(lost.map(({ head }) => head.chunkId)));
    await assertCosts(affected, ['storage-damaged', 'chunk-missing']);
  });

  it('costs the files in it, and no other, by a segment that is gone', async () => {
    const gone = piecesOf(vault.chunksOf('victim.bin').at(1)).at(0);
    assert.ok(gone !== undefined);
    const lost = readRecords(vault.server.dataDir, 'piece').filter(({ file }) => file === gone.file);
    await rm(gone.file);
    const affected = vault.filesWith(new Set(lost.map(({ head }) => head.chunkId)));
    await assertCosts(affected, ['storage-damaged', 'chunk-missing']);
  });

  it('can’t swap two chunks, even with right checksums', async () => {
    const [a, b] = ['twin a.bin', 'twin b.bin'].map((file) => onlyPieceOf(vault.chunksOf(file)[0]));
    assert.ok(a !== undefined && b !== undefined);
    forge(a, b.body);
    forge(b, a.body);
    await assertCosts(['twin a.bin', 'twin b.bin'], ['seal-broken']);
  });

  it('can’t replay a file’s older version, even with right checksums', async () => {
    forge(onlyPieceOf(vault.chunksOf('twin a.bin')[0]), onlyPieceOf(vault.olderTwin).body);
    await assertCosts(['twin a.bin'], ['seal-broken']);
  });

  it('can’t be put back to an earlier state: devices that saw the later one are warned', async () => {
    await vault.server.restart();
    // Not the first device: it may have heard of the damage before, which is a later state, too.
    const device = await vault.newDevice(vault.server.url);
    const picture = picked({ 'picture.jpg': seededRandom(1).bytes(100_000) });
    snapshotOf(await backUp(device, 'Pictures', picture));
    await vault.server.kill('SIGTERM');
    await replaceData(soundCopy);
    await vault.server.restart();
    await assertWarned(device);
  });

  // The last one: a rebuilt index knows no sessions, and signs the first device out.
  it('can’t forge a snapshot: devices are warned, and keep the others', async () => {
    const newest = readRecords(vault.server.dataDir, 'snapshot').at(-1);
    assert.ok(newest !== undefined);
    const forged = Uint8Array.from(newest.body);
    forged[200] = (forged[200] ?? 0) ^ 1;
    forge(newest, forged);
    await rebuildIndex();
    await vault.server.restart();
    const device = await startDevice(suite, vault.server.url);
    await device.engine.signIn({ ...account, keepUnlocked: false });
    await assertWarned(device);
    const known = await device.engine.listSnapshots();
    assert.deepEqual(
      known.map(({ snapshotId }) => snapshotId),
      [vault.olderId],
    );
  });

  async function assertWarned(device: EngineClient): Promise<void> {
    const alarm = await waitFor('the alarm', () => device.events.find((event) => event.type === 'alarm'));
    assert.equal(alarm.problem.code, 'history-broken');
  }

  /** The index holds copies of snapshots, which an intruder would change too. */
  async function rebuildIndex(): Promise<void> {
    const env = { ...process.env, HOLDFAST_DATA_DIR: vault.server.dataDir };
    await promisify(execFile)(process.execPath, [REBUILD], { env, cwd: vault.server.dataDir });
  }
});
