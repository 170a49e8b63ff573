/** Administrators: makes a one-time link that lets someone make an account. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { Task } from '../controllers/task.ts';
import { formatDateTime } from '../format.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';

interface Invite {
  readonly link: string;
  readonly expiresAtMs: number;
}

@customElement('hf-invite')
export class HfInvite extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _invite: Invite | undefined;

  @state() private _copied = false;

  private readonly _task = new Task(this);

  override render() {
    const invite = this._invite;
    return html`<div class="stack">
      ${
        invite === undefined
          ? nothing
          : html`<div class="link">
                <wa-input
                  label="Invitation link"
                  readonly
                  data-testid="invite-link"
                  .value=${invite.link}
                  hint=${`Works once, until ${formatDateTime(invite.expiresAtMs)}. Send it over a channel you trust.`}
                ></wa-input>
              </div>
              <div>
                <wa-button variant="brand" size="s" data-testid="copy-invite" @click=${this._onCopy}>
                  <wa-icon slot="start" name=${this._copied ? 'check' : 'copy'}></wa-icon
                  >${this._copied ? 'Copied' : 'Copy the link'}
                </wa-button>
              </div>`
      }
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <div>
        <wa-button
          appearance="outlined"
          data-testid="create-invite"
          ?loading=${this._task.running}
          @click=${this._onCreate}
        >
          <wa-icon slot="start" name="link"></wa-icon
          >${invite === undefined ? 'Make an invitation link' : 'Make another one'}
        </wa-button>
      </div>
    </div>`;
  }

  private _onCreate(): void {
    void this._task.run(async () => {
      const { inviteToken, expiresAtMs } = await this.model.session.createInvite();
      const { origin, pathname } = globalThis.location;
      this._invite = {
        link: `${origin}${pathname}${formatRoute({ page: 'invite', token: inviteToken })}`,
        expiresAtMs,
      };
      this._copied = false;
    });
  }

  private readonly _onCopy = async (): Promise<void> => {
    await navigator.clipboard.writeText(this._invite?.link ?? '');
    this._copied = true;
    this.model.notices.announce('The invitation link is copied');
  };

  static override styles = [
    base,
    flow,
    css`
      .link {
        max-inline-size: 40rem;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-invite': HfInvite;
  }
}
