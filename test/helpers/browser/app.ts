/** What a person does in Holdfast's page, step by step, in any browser. */
import { byId } from './page.ts';
import type { Page } from './page.ts';

/** Argon2id with 128 MiB on a busy machine. */
const KEY_STRETCHING_MS = 60_000;

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Makes an account from an invitation link and resolves with its 24 recovery words. */
export async function signUp(page: Page, link: string, { name, password }: Credentials): Promise<string[]> {
  await page.open(link);
  await page.fill(byId('name-input'), name);
  await page.fill(byId('password-input'), password);
  await page.click(byId('create-account'));
  await page.find(byId('recovery-word'), KEY_STRETCHING_MS);
  const words = (await page.elements(byId('recovery-word'))).map(({ text }) => text);
  await page.click(byId('words-kept'));
  await page.find(byId('confirm-words'));
  for (const { attributes } of await page.elements('[data-testid^="recovery-answer-"]')) {
    const word = words[Number(attributes['data-position']) - 1] ?? '';
    await page.fill(byId(attributes['data-testid'] ?? ''), word);
  }
  await page.click(byId('confirm-words'));
  await page.find(byId('drop-zone'), KEY_STRETCHING_MS);
  return words;
}

/** Fills the sign-in form in and sends it; whoever calls looks at what comes of it. */
export async function trySignIn(page: Page, url: string, { name, password }: Credentials): Promise<void> {
  await page.open(`${url}/#/sign-in`);
  await page.fill(byId('name-input'), name);
  await page.fill(byId('password-input'), password);
  await page.click(byId('sign-in'));
}

export async function signIn(page: Page, url: string, credentials: Credentials): Promise<void> {
  await trySignIn(page, url, credentials);
  await page.find(byId('drop-zone'), KEY_STRETCHING_MS);
}

/** Signs in with the recovery words, which sets a new password. */
export async function recover(
  page: Page,
  url: string,
  { name, password, words }: Credentials & { readonly words: readonly string[] },
): Promise<void> {
  await page.open(`${url}/#/recover`);
  await page.fill(byId('recover-name'), name);
  await page.fill(byId('recover-words'), words.join(' '));
  await page.fill(byId('recover-password'), password);
  await page.click(byId('recover-submit'));
  await page.find(byId('drop-zone'), KEY_STRETCHING_MS);
}

/** Resolves with the snapshot's id when the backup that was begun last is done; rejects if it isn't, or leaves files out. */
export async function backupDone(page: Page, timeoutMs: number): Promise<string> {
  const receipt = await page.find(byId('job-receipt'), timeoutMs);
  if (await page.isThere(byId('job-problems'))) throw new Error('The backup left files out.');
  return receipt.attributes['data-snapshot'] ?? '';
}

/** Closes the cards of jobs that have ended. */
export async function dismissJobs(page: Page): Promise<void> {
  while (await page.isThere(byId('job-dismiss'))) {
    const before = (await page.elements(byId('job'))).length;
    await page.click(byId('job-dismiss'));
    await page.until(
      'the job to be dismissed',
      async () => (await page.elements(byId('job'))).length < before,
    );
  }
}

/**
 * Goes to a snapshot in the list, as a person does, and opens it. If the list changes between press and release, the
 * click is another row's or nobody's: then once more.
 */
export async function openSnapshot(page: Page, snapshotId: string): Promise<void> {
  for (let triesLeft = 2; ; triesLeft--) {
    await page.click(byId('nav-snapshots'));
    await page.click(byId('snapshot-row', { snapshot: snapshotId }));
    try {
      await page.find(byId('restore-all'));
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
  }
}

/** Waits for the end of the restore that the open dialog shows, and resolves with the files that it left out. */
export async function restoreDone(page: Page, timeoutMs: number): Promise<readonly LeftOut[]> {
  const report = await page.find(byId('restore-report'), timeoutMs);
  if (report.attributes['data-phase'] !== 'done') {
    const problems = (await page.elements(byId('problem'))).map(({ text }) => text);
    throw new Error(`The restore failed: ${report.text} ${problems.join(' ')}`);
  }
  const list = byId('job-problems');
  const [codes, paths] = [await page.elements(`${list} li`), await page.elements(`${list} .path`)];
  return paths.map(({ text }, index) => ({ path: text, code: codes[index]?.attributes['data-code'] ?? '' }));
}

/** A file that a restore left out, and why. */
export interface LeftOut {
  readonly path: string;
  readonly code: string;
}

/** Closes the dialog in which a restore was begun. */
export async function closeRestore(page: Page): Promise<void> {
  await page.click('[part~="close-button"]');
  await page.gone(byId('restore-report'));
}

/** Goes to the folder `path` of a snapshot by opening one folder after another. */
export async function openFolder(page: Page, snapshotId: string, path: readonly string[]): Promise<void> {
  await openSnapshot(page, snapshotId);
  for (const [depth, name] of path.entries()) {
    await page.click(`${byId('entry-row', { name })} .name`);
    await page.until(
      `the folder ${name}`,
      async () => (await page.elements(byId('crumb'))).length === depth + 2,
    );
  }
}
