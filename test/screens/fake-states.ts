/** The pictures that are taken over the fake engine: which state, which address, and what is done first. */
import type { Page } from 'playwright-core';

export interface FakePicture {
  readonly name: string;
  /** A key of STATES in app/states.ts. */
  readonly state: string;
  readonly hash: string;
  readonly act?: (page: Page) => Promise<void>;
}

const SNAPSHOT = `#/snapshots/${'01'.padEnd(32, '0')}`;

export const FAKE_STATES: readonly FakePicture[] = [
  { name: '20-sign-in-offline', state: 'signed-out-offline', hash: '#/sign-in' },
  { name: '21-sign-in-wrong', state: 'signed-out', hash: '#/sign-in', act: signInWrongly },
  { name: '22-invite', state: 'signed-out', hash: '#/invite/token' },
  { name: '23-recover', state: 'signed-out', hash: '#/recover', act: typeWords },
  { name: '30-backup-recent', state: 'ready', hash: '#/backup' },
  { name: '31-backup-running', state: 'running', hash: '#/backup' },
  { name: '32-backup-ended', state: 'ended', hash: '#/backup' },
  { name: '40-snapshots', state: 'ready', hash: '#/snapshots' },
  { name: '41-snapshots-none', state: 'fresh', hash: '#/snapshots' },
  { name: '42-snapshots-offline', state: 'offline', hash: '#/snapshots' },
  { name: '43-snapshots-alarm', state: 'alarm', hash: '#/snapshots' },
  { name: '50-files', state: 'ready', hash: `${SNAPSHOT}/2026`, act: selectThree },
  { name: '51-files-10000', state: 'many-files', hash: SNAPSHOT },
  { name: '52-files-none', state: 'empty', hash: SNAPSHOT },
  { name: '53-restore-running', state: 'ready', hash: SNAPSHOT, act: startRestore },
  { name: '54-restore-problems', state: 'restored', hash: SNAPSHOT, act: startRestore },
  { name: '60-log', state: 'log', hash: '#/log' },
  { name: '61-log-empty', state: 'ready', hash: '#/log' },
  { name: '70-connection', state: 'ready', hash: '#/backup', act: openDetails },
  { name: '71-help', state: 'ready', hash: '#/backup', act: openHelp },
  { name: '72-stop', state: 'running', hash: '#/backup', act: askToStop },
  { name: '73-toasts', state: 'toasts', hash: '#/backup' },
  { name: '80-unknown', state: 'ready', hash: '#/nowhere' },
];

async function signInWrongly(page: Page): Promise<void> {
  await page.getByTestId('password-input').locator('input').fill('wrong');
  await page.getByTestId('sign-in').click();
  await page.getByTestId('problem').waitFor();
}

async function typeWords(page: Page): Promise<void> {
  await page
    .getByTestId('recover-words')
    .locator('textarea')
    .fill('anchor basket canyon dar1ng ember fabric');
  await page.getByTestId('recover-password').locator('input').fill('correct horse');
}

async function selectThree(page: Page): Promise<void> {
  await page.getByTestId('entry-list').press(' ');
  for (let i = 0; i < 2; i++) await page.getByTestId('entry-list').press('Shift+ArrowDown');
}

async function startRestore(page: Page): Promise<void> {
  await page.getByTestId('restore-all').click();
  await page.getByTestId('restore-zip').click();
  await page.getByTestId('restore-progress').waitFor();
}

async function openDetails(page: Page): Promise<void> {
  await page.getByTestId('connection-state').click();
  await page.getByTestId('connection-details').waitFor();
}

async function openHelp(page: Page): Promise<void> {
  await page.keyboard.press('?');
  await page.getByTestId('help-dialog').getByText('Go to History').waitFor();
}

async function askToStop(page: Page): Promise<void> {
  await page.getByTestId('job-stop').click();
  await page.getByTestId('confirm-yes').waitFor();
}
