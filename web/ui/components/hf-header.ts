/** The head of every page: brand, running jobs, connection, theme, account. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dropdown/dropdown.js';
import '@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import type { ThemeChoice } from '../../state/preferences.ts';
import { formatRoute } from '../../state/routes.ts';
import { Observe } from '../controllers/observe.ts';
import { jobPercent } from '../job-numbers.ts';
import { lockVault } from '../lock.ts';
import { signOut } from '../sign-out.ts';
import { base } from '../styles.ts';
import './hf-brand.ts';
import './hf-connection.ts';

const THEMES: readonly (readonly [ThemeChoice, string, string])[] = [
  ['system', 'As the system', 'monitor'],
  ['dark', 'Dark', 'moon'],
  ['light', 'Light', 'sun'],
];

const JOB_ICONS = { backup: 'backup', restore: 'restore', verify: 'shield' } as const;

type Selected = CustomEvent<{ readonly item: { readonly value: string } }>;

@customElement('hf-header')
export class HfHeader extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _session = new Observe(this, () => this.model.session.session);

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  constructor() {
    super();
    new Observe(this, () => this.model.jobs.jobs);
  }

  override render() {
    return html`<header>
      <a class="home" href=${formatRoute({ page: 'backup' })} aria-label="Holdfast, to the backup page"
        ><hf-brand ?compact=${this.model.jobs.isBusy}></hf-brand
      ></a>
      <div class="tools">
        ${this._renderJob()}
        <hf-connection .model=${this.model}></hf-connection>
        ${this._renderTheme()} ${this._renderAccount()}
      </div>
    </header>`;
  }

  private _renderJob(): TemplateResult | typeof nothing {
    const { running } = this.model.jobs;
    if (running === undefined) return nothing;
    const { progress } = running;
    return html`<a class="job number" href=${formatRoute({ page: 'backup' })} data-testid="header-job">
      <wa-icon name=${JOB_ICONS[progress.kind]}></wa-icon>${jobPercent(progress)} %
      <span class="unseen">of ${progress.title}</span>
    </a>`;
  }

  private _renderTheme(): TemplateResult {
    const { theme } = this._preferences.value;
    const icon = THEMES.find(([choice]) => choice === theme)?.[2] ?? 'monitor';
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this._onTheme}>
      <wa-button slot="trigger" appearance="plain" size="s" data-testid="theme-menu">
        <wa-icon name=${icon} label="Theme"></wa-icon>
      </wa-button>
      ${THEMES.map(
        ([choice, words, name]) =>
          html`<wa-dropdown-item
            type="checkbox"
            value=${choice}
            ?checked=${choice === theme}
            data-testid=${`theme-${choice}`}
          >
            <wa-icon slot="icon" name=${name}></wa-icon>${words}
          </wa-dropdown-item>`,
      )}
    </wa-dropdown>`;
  }

  private _renderAccount(): TemplateResult | typeof nothing {
    const session = this._session.value;
    if (session.kind !== 'signed-in') return nothing;
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this._onAccount}>
      <wa-button slot="trigger" appearance="plain" size="s" data-testid="account-menu">
        <wa-icon slot="start" name="user" label="Account"></wa-icon
        ><span class="account">${session.accountName}</span>
      </wa-button>
      <wa-dropdown-item value="settings"
        ><wa-icon slot="icon" name="settings"></wa-icon>Settings</wa-dropdown-item
      >
      <wa-dropdown-item value="lock" data-testid="menu-lock"
        ><wa-icon slot="icon" name="lock"></wa-icon>Lock</wa-dropdown-item
      >
      <wa-dropdown-item value="sign-out" variant="danger" data-testid="menu-sign-out">
        <wa-icon slot="icon" name="sign-out"></wa-icon>Sign out
      </wa-dropdown-item>
    </wa-dropdown>`;
  }

  private _onTheme(event: Selected): void {
    const chosen = THEMES.find(([choice]) => choice === event.detail.item.value);
    if (chosen !== undefined) this.model.preferences.change({ theme: chosen[0] });
  }

  private _onAccount(event: Selected): void {
    const { value } = event.detail.item;
    if (value === 'settings') this.model.router.go({ page: 'settings' });
    if (value === 'lock') void lockVault(this.model);
    if (value === 'sign-out') void signOut(this.model);
  }

  static override styles = [
    base,
    css`
      :host {
        position: sticky;
        inset-block-start: 0;
        z-index: 10;
      }

      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--hf-space-s);
        block-size: var(--hf-header-height);
        padding-inline: var(--hf-space-l) var(--hf-space-m);
        background: var(--hf-surface);
        border-block-end: var(--hf-line);
      }

      .home {
        text-decoration: none;
      }

      .tools {
        flex: none;
        display: flex;
        align-items: center;
        gap: var(--hf-space-2xs);
      }

      .job {
        display: inline-flex;
        white-space: nowrap;
        align-items: center;
        gap: var(--hf-space-2xs);
        min-block-size: 2.25rem;
        margin-inline-end: var(--hf-space-2xs);
        padding-inline: var(--hf-space-s);
        font-size: var(--hf-text-s);
        color: var(--hf-accent);
        text-decoration: none;
        background: var(--hf-accent-soft);
        border-radius: var(--hf-radius-full);
      }

      .job wa-icon {
        font-size: 1.1rem;
      }

      wa-button wa-icon {
        font-size: 1.15rem;
      }

      .account {
        display: inline-block;
        max-inline-size: 10rem;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        vertical-align: bottom;
      }

      @media (max-width: 40rem) {
        header {
          padding-inline: var(--hf-space-m) var(--hf-space-2xs);
        }

        .account {
          display: none;
        }

        .home {
          flex: 0 1 auto;
          min-inline-size: 2rem;
          overflow: hidden;
        }
      }

      @media print {
        :host {
          display: none;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-header': HfHeader;
  }
}
