/** From the first visit to a restore on the real app, with a picture at each step. */
import type { Locator, Page } from 'playwright-core';
import { answerWords } from '../helpers/browser/sign-up.ts';

type Shoot = (page: Page, name: string) => Promise<void>;

const SLOW_MS = 60_000;
const PASSWORD = 'Violett blühn die Disteln 7';

/** Makes the first account through `firstRunUrl` and backs the folder `source` up. */
export async function realFlow(page: Page, firstRunUrl: string, source: string, shoot: Shoot): Promise<void> {
  const id = (testId: string): Locator => page.getByTestId(testId);
  const field = (testId: string): Locator => id(testId).locator('input');

  await page.goto(firstRunUrl);
  await id('create-account').waitFor();
  await shoot(page, '01-first-run');
  await field('name-input').fill('Mara');
  await field('password-input').fill(PASSWORD);
  await id('create-account').click();
  await id('recovery-words').waitFor({ timeout: SLOW_MS });
  await shoot(page, '02-recovery-words');
  const words = await id('recovery-word').allTextContents();
  await id('words-kept').click();
  await id('confirm-words').waitFor();
  await shoot(page, '03-recovery-check');
  await answerWords(page, words);
  await id('drop-zone').waitFor({ timeout: SLOW_MS });
  await shoot(page, '04-backup-first');
  await id('folder-input').setInputFiles(source);
  await id('job-receipt').waitFor({ timeout: SLOW_MS });
  await shoot(page, '05-backup-done');
  await id('nav-snapshots').click();
  await id('snapshot-row').first().click();
  await id('entry-row').first().waitFor();
  await shoot(page, '06-snapshot');
  await id('restore-all').click();
  await id('restore-zip').waitFor();
  await shoot(page, '07-restore');
  const download = page.waitForEvent('download');
  await id('restore-zip').click();
  await (await download).path();
  await id('restore-report').waitFor();
  await shoot(page, '08-restore-report');
  await page.keyboard.press('Escape');
  await id('nav-settings').click();
  await id('create-invite').click();
  await id('invite-link').waitFor();
  await shoot(page, '09-settings');
  await id('sign-out').click();
  await id('confirm-yes').waitFor();
  await shoot(page, '10-sign-out');
  await id('confirm-yes').click();
  await id('sign-in').waitFor();
  await shoot(page, '11-sign-in');
}
