/** The pictures that are taken over the fake engine: which state, which address, and what is done first. */
import type { Page } from 'playwright-core';

export interface FakePicture {
  readonly name: string;
  /** A key of STATES in app/states.ts. */
  readonly state: string;
  readonly hash: string;
  readonly act?: (page: Page) => Promise<void>;
  /** The test id of what is to be at the top. */
  readonly top?: string;
}

const SNAPSHOT = `#/snapshots/${'01'.padEnd(32, '0')}`;

/** The fake source “Photos”. */
const PHOTOS = '50686f746f73'.padEnd(32, '0');
const COMPARE = `#/compare/${'03'.padEnd(32, '0')}/${'01'.padEnd(32, '0')}`;

export const FAKE_STATES: readonly FakePicture[] = [
  { name: '20-sign-in-offline', state: 'signed-out-offline', hash: '#/sign-in' },
  { name: '21-sign-in-wrong', state: 'signed-out', hash: '#/sign-in', act: signInWrongly },
  { name: '22-invite', state: 'signed-out', hash: '#/invite/token' },
  { name: '23-recover', state: 'signed-out', hash: '#/recover', act: typeWords },
  { name: '30-backup-sources', state: 'ready', hash: '#/backup' },
  { name: '31-backup-running', state: 'running', hash: '#/backup' },
  { name: '32-backup-ended', state: 'ended', hash: '#/backup' },
  { name: '33-source-settings', state: 'readable', hash: '#/backup', act: openSettings },
  { name: '34-source-match', state: 'alike', hash: '#/backup', act: pickSomething },
  { name: '35-source-menu', state: 'ready', hash: '#/backup', act: openSourceMenu },
  { name: '40-snapshots', state: 'ready', hash: '#/snapshots' },
  { name: '41-snapshots-none', state: 'fresh', hash: '#/snapshots' },
  { name: '42-snapshots-offline', state: 'offline', hash: '#/snapshots' },
  { name: '43-snapshots-alarm', state: 'alarm', hash: '#/snapshots' },
  { name: '44-history-chosen', state: 'ready', hash: '#/snapshots', act: chooseTwo },
  { name: '45-history-source', state: 'many-snapshots', hash: `#/history/${PHOTOS}` },
  { name: '46-trash', state: 'ready', hash: '#/trash' },
  { name: '47-trash-none', state: 'fresh', hash: '#/trash' },
  { name: '48-compare', state: 'ready', hash: COMPARE },
  { name: '49-compare-same', state: 'same', hash: COMPARE },
  { name: '50-files', state: 'ready', hash: `${SNAPSHOT}/2026`, act: selectThree },
  { name: '51-files-10000', state: 'many-files', hash: SNAPSHOT },
  { name: '52-files-none', state: 'empty', hash: SNAPSHOT },
  { name: '53-restore-running', state: 'ready', hash: SNAPSHOT, act: startRestore },
  { name: '54-restore-problems', state: 'restored', hash: SNAPSHOT, act: startRestore },
  { name: '55-restore-report', state: 'reported', hash: SNAPSHOT, act: startRestore },
  {
    name: '56-preview-image',
    state: 'drawing',
    hash: `${SNAPSHOT}/2026`,
    act: (page) => preview(page, 'Sunset over Lisbon.svg'),
  },
  {
    name: '57-preview-text',
    state: 'ready',
    hash: `${SNAPSHOT}/2026`,
    act: (page) => preview(page, 'notes.txt'),
  },
  {
    name: '58-preview-none',
    state: 'ready',
    hash: `${SNAPSHOT}/2026`,
    act: (page) => preview(page, 'Überblick.pdf'),
  },
  { name: '59-versions', state: 'ready', hash: `#/versions/${PHOTOS}/2026/11%20lisbon/lisbon%20notes.txt` },
  { name: '62-search', state: 'ready', hash: '#/search/lisbon' },
  { name: '63-search-none', state: 'ready', hash: '#/search/nowhere' },
  { name: '64-check', state: 'damaged', hash: '#/check' },
  { name: '65-check-sound', state: 'ready', hash: '#/check' },
  { name: '66-verify', state: 'ready', hash: SNAPSHOT, act: openVerify },
  { name: '67-settings', state: 'remindable', hash: '#/settings' },
  { name: '68-settings-network', state: 'limited', hash: '#/settings', top: 'rate-unit' },
  {
    name: '69-settings-network-wrong',
    state: 'limited',
    hash: '#/settings',
    act: writeWrongLimits,
    top: 'rate-unit',
  },
  { name: '6a-settings-server', state: 'limited', hash: '#/settings', top: 'theme-choice' },
  { name: '60-log', state: 'log', hash: '#/log' },
  { name: '61-log-empty', state: 'ready', hash: '#/log' },
  { name: '70-connection', state: 'ready', hash: '#/backup', act: openDetails },
  { name: '71-help', state: 'ready', hash: '#/backup', act: openHelp },
  { name: '72-stop', state: 'running', hash: '#/backup', act: askToStop },
  { name: '73-toasts', state: 'toasts', hash: '#/backup' },
  { name: '74-menu', state: 'queue', hash: '#/backup', act: openAccountMenu },
  { name: '80-unknown', state: 'ready', hash: '#/nowhere' },
  { name: '90-queue', state: 'queue', hash: '#/queue' },
  { name: '91-queue-troubled', state: 'queue-troubled', hash: '#/queue' },
  { name: '92-queue-offline', state: 'queue-offline', hash: '#/queue' },
  { name: '93-queue-none', state: 'queue-none', hash: '#/queue' },
  { name: '94-queue-fresh', state: 'fresh', hash: '#/queue' },
  { name: '95-queue-locked', state: 'locked', hash: '#/queue' },
  { name: '96-queue-cancel', state: 'queue', hash: '#/queue', act: askToCancel },
  { name: '97-locked', state: 'locked', hash: '#/backup' },
  { name: '98-locked-offline', state: 'locked-offline', hash: '#/backup' },
  { name: '99-sign-out-queue', state: 'queue', hash: '#/settings', act: askToSignOut },
  { name: '9a-backup-queued', state: 'queue-offline', hash: '#/backup' },
  { name: '9b-connection-offline', state: 'queue-offline', hash: '#/backup', act: openDetails },
  { name: '9d-queue-server-full', state: 'queue-server-full', hash: '#/queue' },
  { name: '9e-backup-quota', state: 'queue-server-full', hash: '#/backup' },
  { name: '9c-files-changed', state: 'changed', hash: SNAPSHOT },
];

async function askToCancel(page: Page): Promise<void> {
  await page.getByTestId('queued-cancel').first().click();
  await page.getByTestId('confirm-yes').waitFor();
}

async function askToSignOut(page: Page): Promise<void> {
  await page.getByTestId('sign-out').click();
  await page.getByTestId('confirm-other').waitFor();
}

async function openAccountMenu(page: Page): Promise<void> {
  await page.getByTestId('account-menu').click();
  await page.getByTestId('menu-lock').waitFor();
}

async function writeWrongLimits(page: Page): Promise<void> {
  const upload = page.getByTestId('rates').getByTestId('rate-upload').locator('input');
  await upload.fill('fast');
  await upload.blur();
  for (const day of [5, 6]) await page.getByTestId('limit-period').nth(1).getByTestId(`day-${day}`).click();
}

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

async function openSettings(page: Page): Promise<void> {
  await openSourceMenu(page);
  await page.getByTestId('source-menu').first().locator('[value="settings"]').click();
  await page.getByTestId('source-name').waitFor();
  await page.getByTestId('retention-preview').getByText('trash').waitFor();
}

async function openSourceMenu(page: Page): Promise<void> {
  await page.getByTestId('source-more').first().click();
  await page.getByTestId('source-menu').first().locator('[value="settings"]').waitFor();
}

async function pickSomething(page: Page): Promise<void> {
  const file = { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear Ada') };
  await page.getByTestId('files-input').setInputFiles([file]);
  await page.getByTestId('match').first().waitFor();
}

async function chooseTwo(page: Page): Promise<void> {
  for (const index of [0, 2]) await page.getByTestId('choose-snapshot').nth(index).click();
  await page.getByTestId('chosen-bar').waitFor();
}

async function preview(page: Page, name: string): Promise<void> {
  await page.locator(`[data-testid="entry-row"][data-name="${name}"] .name`).click();
  await page.locator('[data-testid="preview"]:not([data-kind="opening"])').waitFor();
}

async function openVerify(page: Page): Promise<void> {
  await page.getByTestId('verify-snapshot').click();
  await page.getByTestId('verify-start').waitFor();
}
