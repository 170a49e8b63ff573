/** Settings: the account and its keys, invitations, how the app looks, the server. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/radio-group/radio-group.js';
import '@awesome.me/webawesome/dist/components/radio/radio.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaRadioGroup from '@awesome.me/webawesome/dist/components/radio-group/radio-group.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import type { ThemeChoice } from '../../state/preferences.ts';
import { formatRoute } from '../../state/routes.ts';
import { Observe } from '../controllers/observe.ts';
import { lockVault } from '../lock.ts';
import { signOut } from '../sign-out.ts';
import { base, card, flow } from '../styles.ts';
import '../components/hf-change-password.ts';
import '../components/hf-device.ts';
import '../components/hf-invite.ts';
import '../components/hf-network-settings.ts';
import '../components/hf-new-recovery-key.ts';
import '../components/hf-server-status.ts';

@customElement('hf-page-settings')
export class HfPageSettings extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _session = new Observe(this, () => this.model.session.session);

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  override render() {
    const session = this._session.value;
    if (session.kind !== 'signed-in') return nothing;
    return html`
      <h1 tabindex="-1">Settings</h1>
      ${section(
        'user',
        'Account',
        session.role === 'admin'
          ? `Signed in as ${session.accountName}, an administrator.`
          : `Signed in as ${session.accountName}.`,
        html`<div class="row">
            <wa-button appearance="outlined" data-testid="lock" @click=${this._onLock}>
              <wa-icon slot="start" name="lock"></wa-icon>Lock
            </wa-button>
            <wa-button
              appearance="outlined"
              variant="danger"
              data-testid="sign-out"
              @click=${this._onSignOut}
            >
              <wa-icon slot="start" name="sign-out"></wa-icon>Sign out of this device
            </wa-button>
          </div>
          <p class="quiet small">
            Locking drops the keys until you enter the password again; what waits in the queue still goes out.
          </p>`,
      )}
      ${section(
        'lock',
        'Password',
        'It never leaves your devices. Changing it does not touch what is backed up.',
        html`<hf-change-password .model=${this.model}></hf-change-password>`,
      )}
      ${section(
        'key',
        'Recovery key',
        'The 24 words that open your vault when the password is forgotten. A new key replaces the old one.',
        html`<hf-new-recovery-key
          .model=${this.model}
          account-name=${session.accountName}
        ></hf-new-recovery-key>`,
      )}
      ${
        session.role === 'admin'
          ? section(
              'link',
              'Invite someone',
              'Each person has an own vault. You can’t see into theirs, nor they into yours.',
              html`<hf-invite .model=${this.model}></hf-invite>`,
            )
          : nothing
      }
      ${section(
        'device',
        'This device',
        'Holdfast keeps the list of what is backed up here, so that it opens offline.',
        html`<hf-device .model=${this.model}></hf-device>`,
      )}
      ${section(
        'gauge',
        'Network',
        'How much of it Holdfast may use on this device. It holds at once, for transfers under way, too.',
        html`<hf-network-settings .model=${this.model}></hf-network-settings>`,
      )}
      ${section('monitor', 'Appearance and keys', '', this._renderAppearance())}
      ${section(
        'database',
        'Server',
        'It stores sealed data and can’t read it.',
        html`<hf-server-status .model=${this.model}></hf-server-status>
          <div class="row">
            <wa-button
              size="s"
              appearance="outlined"
              data-testid="to-check"
              href=${formatRoute({ page: 'check' })}
            >
              <wa-icon slot="start" name="shield"></wa-icon>Verify and damage
            </wa-button>
            <wa-button size="s" appearance="outlined" href=${formatRoute({ page: 'trash' })}>
              <wa-icon slot="start" name="trash"></wa-icon>Trash
            </wa-button>
          </div>`,
      )}
      <p class="small"><a href=${formatRoute({ page: 'log' })}>Open the log of this visit</a></p>
    `;
  }

  private _renderAppearance(): TemplateResult {
    const { theme, shortcutsOn } = this._preferences.value;
    return html`<wa-radio-group
        label="Theme"
        orientation="horizontal"
        data-testid="theme-choice"
        .value=${theme}
        @change=${this._onTheme}
      >
        <wa-radio value="system">As the system</wa-radio>
        <wa-radio value="dark">Dark</wa-radio>
        <wa-radio value="light">Light</wa-radio>
      </wa-radio-group>
      <wa-switch .checked=${shortcutsOn} data-testid="shortcuts-on" @change=${this._onShortcuts}
        >Keyboard shortcuts (press ? for the list)</wa-switch
      >`;
  }

  private _onTheme(event: Event): void {
    this.model.preferences.change({ theme: (event.target as WaRadioGroup).value as ThemeChoice });
  }

  private _onShortcuts(event: Event): void {
    this.model.preferences.change({ shortcutsOn: (event.target as WaSwitch).checked });
  }

  private _onLock(): void {
    void lockVault(this.model);
  }

  private _onSignOut(): void {
    void signOut(this.model);
  }

  static override styles = [
    base,
    card,
    flow,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-l);
      }

      section {
        display: grid;
        grid-template-columns: minmax(12rem, 1fr) minmax(0, 2fr);
        gap: var(--hf-space-s) var(--hf-space-xl);
      }

      .about {
        display: flex;
        gap: var(--hf-space-s);
      }

      .about wa-icon {
        flex: none;
        font-size: 1.3rem;
        color: var(--hf-accent);
      }

      .about p {
        margin-block-start: var(--hf-space-2xs);
      }

      @media (max-width: 56rem) {
        section {
          grid-template-columns: minmax(0, 1fr);
          gap: var(--hf-space-m);
        }
      }
    `,
  ];
}

function section(icon: string, heading: string, about: string, content: TemplateResult): TemplateResult {
  return html`<section class="card" aria-label=${heading}>
    <div class="about">
      <wa-icon name=${icon}></wa-icon>
      <div>
        <h2>${heading}</h2>
        <p class="quiet small">${about}</p>
      </div>
    </div>
    <div class="stack">${content}</div>
  </section>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-settings': HfPageSettings;
  }
}
