/**
 * A new account from an invitation: name and password, then the recovery words shown once, then a
 * check of some of them. Nothing exists on the server before the check is passed.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import type { AppModel } from '../../state/app-model.ts';
import type { PreparedKey } from '../../state/session-store.ts';
import { problemFor } from '../../state/types.ts';
import { AccountLines } from '../controllers/account-lines.ts';
import { Task } from '../controllers/task.ts';
import { base, card, formPage, primaryAction } from '../styles.ts';
import '../components/hf-new-password.ts';
import '../components/hf-problem.ts';
import '../components/hf-recovery-check.ts';
import '../components/hf-recovery-words.ts';

type Step = 'form' | 'words' | 'check';

@customElement('hf-page-first-run')
export class HfPageFirstRun extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property() token = '';

  /** Whether this is the server's first account, its administrator. */
  @property({ type: Boolean, attribute: 'is-first' }) isFirst = false;

  @state() private _step: Step = 'form';

  @state() private _key: PreparedKey | undefined;

  private _password = '';

  private _isGoodEnough = false;

  private readonly _task = new Task(this);

  private readonly _lines = new AccountLines(this, () => this.model, this._task, {
    startsEmpty: true,
  });

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener('beforeunload', this._onBeforeUnload);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    globalThis.removeEventListener('beforeunload', this._onBeforeUnload);
  }

  override render() {
    return html`<ol class="steps" aria-label="Steps">
        ${this._renderStep('form', 'Account')} ${this._renderStep('words', 'Recovery key')}
        ${this._renderStep('check', 'Check')}
      </ol>
      ${this._renderBody()}`;
  }

  override updated(changed: Map<PropertyKey, unknown>): void {
    // A step is a new page for someone who can't see it: the focus goes to its heading.
    if (changed.has('_step') && changed.get('_step') !== undefined)
      this.renderRoot.querySelector('h1')?.focus();
  }

  private _renderStep(step: Step, label: string): TemplateResult {
    return html`<li aria-current=${step === this._step ? 'step' : nothing}>${label}</li>`;
  }

  private _renderBody(): TemplateResult {
    if (this._step === 'words') return this._renderWords();
    return this._step === 'check' ? this._renderCheck() : this._renderForm();
  }

  private _renderForm(): TemplateResult {
    return html`<h1 tabindex="-1">${this.isFirst ? 'Welcome to Holdfast' : 'You are invited'}</h1>
      <p class="lead">
        ${
          this.isFirst
            ? 'Make the first account. It administers this server and can invite others.'
            : 'Make your account. Only you will be able to read what you back up.'
        }
      </p>
      <form class="card" @submit=${this._onForm}>
        ${this._lines.renderName('name-input', 'You sign in with it. Others on this server may see it.')}
        <hf-new-password @hf-password-changed=${this._onPassword}></hf-new-password>
        ${this._lines.renderEnd('create-account', 'Continue')}
      </form>
      <p class="foot quiet">The password never leaves this device: nobody can reset it for you.</p>`;
  }

  private _renderWords(): TemplateResult {
    return html`<h1 tabindex="-1">Your recovery key</h1>
      <p class="lead">
        These 24 words open your vault if you forget the password. They are shown only now. Whoever has them
        can read everything, so keep them on paper or in a password manager.
      </p>
      <div class="card">
        <hf-recovery-words
          .words=${this._key?.recoveryWords ?? []}
          account-name=${this._lines.name}
          @hf-words-kept=${this._onKept}
        ></hf-recovery-words>
      </div>`;
  }

  private _renderCheck(): TemplateResult {
    return html`<h1 tabindex="-1">Check your recovery key</h1>
      <p class="lead">Type these words from what you wrote down.</p>
      <div class="card">
        <hf-recovery-check
          .positions=${this._key?.askPositions ?? []}
          ?busy=${this._task.running}
          @hf-words-answered=${this._onAnswered}
        >
          <hf-problem .problem=${this._task.problem}></hf-problem>
        </hf-recovery-check>
      </div>
      <p class="foot">
        <wa-button appearance="plain" size="s" data-testid="words-again" @click=${this._onWordsAgain}
          >Show the words again</wa-button
        >
      </p>`;
  }

  private _onPassword(event: HTMLElementEventMap['hf-password-changed']): void {
    this._password = event.detail.password;
    this._isGoodEnough = event.detail.isGoodEnough;
  }

  private readonly _onForm = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!this._isGoodEnough) {
      this._task.show(problemFor('password-weak'));
      return;
    }
    await this._task.run(async () => {
      const request = { inviteToken: this.token, name: this._lines.name, password: this._password };
      this._key = await this.model.session.prepareAccount(request);
      this._step = 'words';
    });
  };

  private _onKept(): void {
    this._task.show(undefined);
    this._step = 'check';
  }

  private _onWordsAgain(): void {
    this._step = 'words';
  }

  private readonly _onAnswered = async (event: HTMLElementEventMap['hf-words-answered']): Promise<void> => {
    const done = await this._task.run(() =>
      this.model.session.createAccount(event.detail, this._lines.keepUnlocked),
    );
    if (done) this._key = undefined;
  };

  private readonly _onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (this._key !== undefined) event.preventDefault();
  };

  static override styles = [
    base,
    card,
    formPage,
    primaryAction,
    css`
      :host {
        max-inline-size: 34rem;
      }

      .card {
        margin-block: var(--hf-space-l);
      }

      .steps {
        display: flex;
        gap: var(--hf-space-xs);
        margin-block-end: var(--hf-space-l);
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      .steps li {
        flex: 1;
        padding-block-start: var(--hf-space-xs);
        border-block-start: 3px solid var(--hf-border);
      }

      .steps [aria-current] {
        color: var(--hf-text);
        font-weight: var(--hf-weight-medium);
        border-color: var(--hf-accent);
      }

      @media print {
        .steps,
        .lead {
          display: none;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-first-run': HfPageFirstRun;
  }
}
