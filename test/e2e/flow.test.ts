/**
 * The promise as a whole, with everything real: a folder of over a thousand files is dropped on the page in
 * one browser and comes back byte for byte in two others, while everything that the server stores, and
 * every frame that passes by, is recorded and searched for anything that it must not know.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertSameEntries } from '../helpers/assert-same.ts';
import * as app from '../helpers/browser/app.ts';
import { openChromiumPage } from '../helpers/browser/chromium-page.ts';
import type { ChromiumPage } from '../helpers/browser/chromium-page.ts';
import { pickPrivateFolder, readPrivateFolder, refusedNames } from '../helpers/browser/opfs-folder.ts';
import { byId } from '../helpers/browser/page.ts';
import {
  AWKWARD_NAMES,
  copyPackages,
  readTree,
  scatterTimes,
  writeAwkwardFiles,
  writeRandomFile,
} from '../helpers/file-tree.ts';
import type { TreeFacts } from '../helpers/file-tree.ts';
import { PatternSearch } from '../helpers/pattern-search.ts';
import type { Pattern } from '../helpers/pattern-search.ts';
import * as plaintext from '../helpers/plaintext.ts';
import { startRecordingProxy } from '../helpers/recording-proxy.ts';
import type { RecordingProxy } from '../helpers/recording-proxy.ts';
import { readZip } from '../helpers/restored-zip.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import type { RunningServer } from '../helpers/server.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { formatDateTime } from '../../web/ui/format.ts';

const SEED = 20_261_124;
const MEGABYTE = 1_000_000;
const BIG_FILE = 'big.bin';
const BIG_FILE_BYTES = 300 * MEGABYTE;
const PACKAGES = [
  'typescript',
  'lit',
  'lit-html',
  'lit-element',
  '@lit/reactive-element',
  'workbox-core',
  'workbox-precaching',
];
const SOURCE_NAME = 'Ada’s files';
const RESTORED = 'restored';
const TRANSFER_TIMEOUT_MS = 180_000;
const WEB_DIR = fileURLToPath(new URL('../../dist/web', import.meta.url));
const account = { name: 'Ada', password: 'Violett blühn die Disteln 7' };
const newPassword = 'und die Gräser auch 19';

describe('a folder of over a thousand files, backed up in one browser', () => {
  const suite = suiteCleanUp();
  let folder: string;
  let source: string;
  let server: RunningServer;
  let proxy: RecordingProxy;
  let first: ChromiumPage;
  let second: ChromiumPage;
  let third: ChromiumPage;
  let original: TreeFacts;
  let changed: TreeFacts;
  let words: readonly string[];
  let snapshotId: string;
  let firstBackupBytes: number;
  const secrets: Pattern[] = [];

  before(async () => {
    folder = await tempDir(suite);
    source = path.join(folder, SOURCE_NAME);
    await writeSource(source);
    original = await readTree(source);
    secrets.push(...(await plaintext.contentPatterns(source, original, seededRandom(SEED))));
    server = await startServer(suite);
    proxy = await startRecordingProxy(suite, server.url, await made(folder, 'recorded'));
    [first, second, third] = [await openPage('1'), await openPage('2'), await openPage('3')];
    await pickPrivateFolder(third, RESTORED);
  });

  async function openPage(name: string): Promise<ChromiumPage> {
    const downloadDir = await made(folder, `downloads ${name}`);
    return openChromiumPage(suite, { userDataDir: path.join(folder, `profile ${name}`), downloadDir });
  }

  /** Backs the folder up as it is now; resolves with the snapshot's id and the bytes that were sent. */
  async function backUp(): Promise<{ readonly snapshotId: string; readonly sentBytes: number }> {
    const { upBytes } = proxy.counts();
    await first.click(byId('nav-backup'));
    await app.dismissJobs(first);
    await first.drop(byId('drop-zone'), [source]);
    const id = await app.backupDone(first, TRANSFER_TIMEOUT_MS);
    return { snapshotId: id, sentBytes: proxy.counts().upBytes - upBytes };
  }

  it('is taken in by dropping it on the page', async () => {
    assert.ok(original.files.size > 1_000, String(original.files.size));
    words = await app.signUp(first, `${proxy.url}/#/first-run/${await server.firstRunToken()}`, account);
    ({ snapshotId, sentBytes: firstBackupBytes } = await backUp());
  });

  it('is restored as a zip in a second browser, with the password', async () => {
    await app.signIn(second, proxy.url, account);
    await app.openSnapshot(second, snapshotId);
    const downloading = second.nextDownload();
    await second.click(byId('restore-all'));
    await second.click(byId('restore-zip'));
    assert.deepEqual(await app.restoreDone(second, TRANSFER_TIMEOUT_MS), []);
    await app.closeRestore(second);
    const restored = await readZip(await downloading);
    assertSameEntries(restored.files, original.files);
    assert.deepEqual(restored.folders, original.folders);
  });

  it('is shown there with its names, sizes and times', async () => {
    await app.openFolder(second, snapshotId, ['names']);
    const rows = await second.elements(byId('entry-row'));
    const shown = rows.map(({ attributes, text }) => ({ name: attributes['data-name'], text }));
    assert.deepEqual(shown.map(({ name }) => name).sort(), [...AWKWARD_NAMES].sort());
    for (const { name = '', text } of shown) {
      const { modifiedAtMs = 0 } = original.files.get(`names/${name}`) ?? {};
      assert.ok(text.includes(formatDateTime(modifiedAtMs)), `${name}: ${text}`);
    }
    await app.openFolder(second, snapshotId, ['empty folder', 'and in it an empty one']);
  });

  it('costs less than a hundredth when it is backed up again unchanged', async () => {
    const { sentBytes } = await backUp();
    assert.ok(sentBytes < firstBackupBytes / 100, `${sentBytes} of ${firstBackupBytes}`);
  });

  it('costs less than 5 MB when one byte was inserted at the start of its file of 300 MB', async () => {
    const file = path.join(source, BIG_FILE);
    await writeFile(file, Buffer.concat([Buffer.from('!'), await readFile(file)]));
    changed = await readTree(source);
    const backup = await backUp();
    snapshotId = backup.snapshotId;
    assert.ok(backup.sentBytes < 5 * MEGABYTE, String(backup.sentBytes));
  });

  it('is restored into a folder in a third browser, with the recovery key', async () => {
    await app.recover(third, proxy.url, { name: account.name, password: newPassword, words });
    await app.openSnapshot(third, snapshotId);
    await third.click(byId('restore-all'));
    await third.click(byId('restore-folder'));
    const leftOut = await app.restoreDone(third, TRANSFER_TIMEOUT_MS);

    // Chromium takes none of these for a file's name; all else must be there.
    const refused = new Set((await refusedNames(third, AWKWARD_NAMES)).map((name) => `names/${name}`));
    const expected = [...changed.files].filter(([name]) => !refused.has(name));
    const restored = await readPrivateFolder(third, RESTORED);
    assertSameEntries(
      restored.files,
      new Map(expected.map(([name, { sizeBytes, sha256 }]) => [name, { sizeBytes, sha256 }])),
    );
    assert.deepEqual(restored.folders, changed.folders);
    assert.deepEqual(leftOut.map(({ path: at }) => at).sort(), [...refused].map((at) => at.trim()).sort());
    assert.ok(refused.size < AWKWARD_NAMES.length / 2);
  });

  it('leaves nothing readable on the server or on the way to it', async () => {
    await server.kill('SIGTERM');
    await proxy.flush();
    const all = [
      ...secrets,
      ...plaintext.namePatterns(original),
      ...plaintext.passwordPatterns(account.password),
      ...plaintext.passwordPatterns(newPassword),
      ...plaintext.recoveryPatterns(words),
    ];
    const patterns = await plaintext.withoutPublic(all, WEB_DIR);
    assert.ok(patterns.length > 0.9 * all.length, `only ${patterns.length} of ${all.length} are not public`);
    const search = new PatternSearch(patterns);
    await assertFindsWhatIsThere(search, patterns, folder);

    const outputFile = path.join(folder, 'server output');
    await writeFile(outputFile, server.output());
    assert.ok((await stat(proxy.upFile)).size > BIG_FILE_BYTES);
    assert.ok((await stat(proxy.downFile)).size > 2 * BIG_FILE_BYTES);
    assert.deepEqual(await plaintext.searchFolder(search, server.dataDir), []);
    assert.deepEqual(await plaintext.searchFolder(search, path.dirname(proxy.upFile)), []);
    assert.deepEqual(await search.inFile(outputFile), []);
  });
});

async function writeSource(source: string): Promise<void> {
  await mkdir(source);
  await copyPackages(source, PACKAGES);
  await writeAwkwardFiles(source, SEED);
  await writeRandomFile(path.join(source, BIG_FILE), BIG_FILE_BYTES, seededRandom(SEED + 1));
  await scatterTimes(source, SEED + 2);
}

/** The search is worth something only if it finds each pattern in bytes that hold it. */
async function assertFindsWhatIsThere(
  search: PatternSearch,
  patterns: readonly Pattern[],
  folder: string,
): Promise<void> {
  const random = seededRandom(SEED + 3);
  const fixture = Buffer.concat(patterns.flatMap(({ bytes }) => [random.bytes(random.integer(100)), bytes]));
  const file = path.join(folder, 'fixture');
  await writeFile(file, fixture);
  const found = new Set((await search.inFile(file)).map(({ label }) => label));
  assert.deepEqual(
    patterns.map(({ label }) => label).filter((label) => !found.has(label)),
    [],
  );
}

async function made(folder: string, name: string): Promise<string> {
  const below = path.join(folder, name);
  await mkdir(below);
  return below;
}
