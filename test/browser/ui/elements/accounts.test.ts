import { assert } from 'chai';
import { ERRORS } from '../../../../shared/errors.ts';
import type { LitElement } from 'lit';
import '../../../../web/ui/pages/hf-page-first-run.ts';
import '../../../../web/ui/pages/hf-page-recover.ts';
import '../../../../web/ui/pages/hf-page-sign-in.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, type, unmountAll, until } from '../dom.ts';
import { FAKE_PASSWORD, FAKE_WORDS } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

type Tag = 'hf-page-sign-in' | 'hf-page-first-run' | 'hf-page-recover';

async function open<T extends Tag>(tag: T, options: FakeModelOptions = {}) {
  const fake = fakeModel(options);
  await fake.model.start();
  const page = document.createElement(tag);
  page.model = fake.model;
  if (page.localName === 'hf-page-first-run') Object.assign(page, { token: 'tok', isFirst: true });
  await mount<LitElement>(page);
  await settled(page);
  return { page, ...fake };
}

/** Form controls are ready a rendering after their page. */
async function settled(page: LitElement): Promise<void> {
  await page.updateComplete;
  await Promise.all(
    deepAll<LitElement>(page, 'wa-input, wa-button, hf-new-password').map(
      (element) => element.updateComplete,
    ),
  );
}

function submit(page: LitElement): void {
  deep<HTMLFormElement>(page, 'form').requestSubmit();
}

describe('sign-in', () => {
  afterEach(unmountAll);

  it('remembers the name and enters with the password', async () => {
    const storage = new Map([['holdfast-preferences', '{"accountName":"mara"}']]);
    const { page, model, engine } = await open('hf-page-sign-in', { storage });
    assert.equal(byTestId<HTMLInputElement>(page, 'name-input').value, 'mara');
    type(byTestId(page, 'password-input'), FAKE_PASSWORD);
    await settled(page);
    submit(page);
    await until('the session', () => model.session.isSignedIn);
    assert.deepEqual(engine.callsOf('signIn'), [
      { name: 'mara', password: FAKE_PASSWORD, keepUnlocked: true },
    ]);
  });

  it('says in words when name and password don’t match, and lets one try again', async () => {
    const { page, model } = await open('hf-page-sign-in');
    type(byTestId(page, 'name-input'), 'mara');
    type(byTestId(page, 'password-input'), 'wrong');
    await settled(page);
    submit(page);
    await until('the words', () => textOf(page).includes(ERRORS['sign-in-failed'].words));
    type(byTestId(page, 'password-input'), FAKE_PASSWORD);
    await settled(page);
    submit(page);
    await until('the session', () => model.session.isSignedIn);
  });

  it('asks for nothing before both fields are filled', async () => {
    const { page, engine } = await open('hf-page-sign-in');
    submit(page);
    assert.isEmpty(engine.callsOf('signIn'));
  });
});

describe('a new account', () => {
  afterEach(unmountAll);

  async function reachWords() {
    const opened = await open('hf-page-first-run');
    type(byTestId(opened.page, 'name-input'), ' mara ');
    type(byTestId(opened.page, 'password-input'), FAKE_PASSWORD);
    await settled(opened.page);
    submit(opened.page);
    await until('the words', () => hasTestId(opened.page, 'recovery-words'));
    return opened;
  }

  it('is made with the 24 words shown once, and three of them asked', async () => {
    const { page, model, engine } = await reachWords();
    assert.deepEqual(
      deepAll(page, '[data-testid="recovery-word"]').map(({ textContent }) => textContent),
      FAKE_WORDS,
    );
    assert.deepEqual(engine.callsOf('prepareAccount'), [
      { inviteToken: 'tok', name: 'mara', password: FAKE_PASSWORD },
    ]);
    byTestId(page, 'words-kept').click();
    for (const position of [3, 11, 20]) {
      type(
        await until('the question', () => byTestId(page, `recovery-answer-${position}`)),
        ` ${FAKE_WORDS[position - 1]?.toUpperCase()} `,
      );
    }
    await settled(page);
    submit(page);
    await until('the session', () => model.session.isSignedIn);
  });

  it('is not made with a wrong word: the words can be seen again', async () => {
    const { page, model, engine } = await reachWords();
    byTestId(page, 'words-kept').click();
    for (const position of [3, 11, 20])
      type(await until('the question', () => byTestId(page, `recovery-answer-${position}`)), 'wrong');
    await settled(page);
    submit(page);
    await until('the words', () => textOf(page).includes(ERRORS['recovery-check-failed'].words));
    assert.isFalse(model.session.isSignedIn);
    assert.equal(engine.callsOf('createAccount').length, 1);
    byTestId(page, 'words-again').click();
    await until('the grid', () => hasTestId(page, 'recovery-words'));
  });

  it('needs a password of ten characters, and says so without asking the engine', async () => {
    const { page, engine } = await open('hf-page-first-run');
    type(byTestId(page, 'name-input'), 'mara');
    const field = byTestId(page, 'password-input');
    type(field, 'ten chars!');
    field.removeAttribute('minlength');
    type(field, 'short');
    await settled(page);
    deep<HTMLFormElement>(page, 'form').noValidate = true;
    submit(page);
    await until('the words', () => textOf(page).includes(ERRORS['password-weak'].words));
    assert.isEmpty(engine.callsOf('prepareAccount'));
  });

  it('warns before the page is left with words that are not kept yet', async () => {
    await reachWords();
    const leaving = new Event('beforeunload', { cancelable: true });
    globalThis.dispatchEvent(leaving);
    assert.isTrue(leaving.defaultPrevented);
    unmountAll();
    const later = new Event('beforeunload', { cancelable: true });
    globalThis.dispatchEvent(later);
    assert.isFalse(later.defaultPrevented);
  });

  it('copies the words in one line', async () => {
    const { page } = await reachWords();
    let copied = '';
    const clipboard = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = (text) => {
      copied = text;
      return Promise.resolve();
    };
    byTestId(page, 'copy-words').click();
    await until('the copy', () => copied !== '');
    navigator.clipboard.writeText = clipboard;
    assert.equal(copied, FAKE_WORDS.join(' '));
  });
});

describe('recovery', () => {
  afterEach(unmountAll);

  async function fill(words: string) {
    const opened = await open('hf-page-recover');
    type(byTestId(opened.page, 'recover-name'), 'mara');
    type(byTestId(opened.page, 'recover-words'), words);
    type(byTestId(opened.page, 'recover-password'), FAKE_PASSWORD);
    await settled(opened.page);
    return opened;
  }

  it('takes the 24 words and a new password', async () => {
    const { page, model, engine } = await fill(FAKE_WORDS.join('\n'));
    assert.include(textOf(byTestId(page, 'recover-count')), '24 of 24 words');
    submit(page);
    await until('the session', () => model.session.isSignedIn);
    assert.deepEqual(engine.callsOf('recover'), [
      { name: 'mara', recoveryWords: FAKE_WORDS.join(' '), newPassword: FAKE_PASSWORD, keepUnlocked: true },
    ]);
  });

  it('counts the words while one types, and asks nothing of the engine before there are 24', async () => {
    const { page, engine } = await fill('anchor basket canyon');
    assert.include(textOf(byTestId(page, 'recover-count')), '3 of 24 words');
    submit(page);
    await until('the words', () => textOf(page).includes(ERRORS['recovery-words-invalid'].words));
    assert.isEmpty(engine.callsOf('recover'));
  });
});
