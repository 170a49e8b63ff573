/** Making an account in a page that Playwright drives. */
import type { Page } from 'playwright-core';

const KEY_STRETCHING_MS = 60_000;
const PASSWORD = 'Violett blühn die Disteln 7';

/** Uses an invitation link, and resolves when the backup page is there, signed in. */
export async function signUp(page: Page, link: string, name = 'Ada'): Promise<void> {
  await page.goto(link);
  await page.getByTestId('name-input').locator('input').fill(name);
  await page.getByTestId('password-input').locator('input').fill(PASSWORD);
  await page.getByTestId('create-account').click();
  await page.getByTestId('recovery-words').waitFor({ timeout: KEY_STRETCHING_MS });
  const words = await page.getByTestId('recovery-word').allTextContents();
  await page.getByTestId('words-kept').click();
  await answerWords(page, words);
  await page.getByTestId('drop-zone').waitFor({ timeout: KEY_STRETCHING_MS });
}

/** Types the recovery words that are asked for, and sends them. */
export async function answerWords(page: Page, words: readonly string[]): Promise<void> {
  await page.getByTestId('confirm-words').waitFor();
  for (const answer of await page.locator('[data-testid^="recovery-answer-"]').all()) {
    const position = Number(await answer.getAttribute('data-position'));
    await answer.locator('input').fill(words[position - 1] ?? '');
  }
  await page.getByTestId('confirm-words').click();
}
