/** One source: when it was backed up and will be again, what it needs, and what can be done with it. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dropdown/dropdown.js';
import '@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { WaSelectEvent } from '@awesome.me/webawesome/dist/events/select.js';
import type { AppModel } from '../../state/app-model.ts';
import type { BackupMode, SourceInfo } from '../../state/types.ts';
import { Task } from '../controllers/task.ts';
import { fire } from '../events.ts';
import { formatDateTime, plural } from '../format.ts';
import { lastWords, MODES, nextWords, retentionWords, scheduleWords } from '../source-words.ts';
import { base, card, chips, flow } from '../styles.ts';
import './hf-problem.ts';

@customElement('hf-source-card')
export class HfSourceCard extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) source!: SourceInfo;

  private readonly _task = new Task(this);

  override render() {
    const { source } = this;
    return html`<article
      class="card"
      data-testid="source"
      data-name=${source.name}
      data-access=${source.access}
      aria-label=${source.name}
    >
      <wa-icon class="sign" name=${SIGNS[source.access]} data-access=${source.access}></wa-icon>
      <div class="about">
        <h3>${source.name}</h3>
        <p class="quiet small" title=${this._lastTitle()}>
          ${lastWords(source, this.model.nowMs())} <span aria-hidden="true">·</span>
          ${nextWords(source, this.model.nowMs())}
        </p>
        <ul class="chips">
          ${this._facts().map((fact) => html`<li>${fact}</li>`)}
        </ul>
      </div>
      <div class="row actions">${this._renderAction()} ${this._renderMenu()}</div>
      <hf-problem class="problem" .problem=${this._task.problem ?? source.problem}></hf-problem>
    </article>`;
  }

  private _renderAction(): TemplateResult {
    const { access, name } = this.source;
    if (access === 'pick') {
      return html`<wa-button
        size="s"
        appearance="outlined"
        data-testid="source-repick"
        aria-label=${`Choose the folder of ${name} again`}
        @click=${this._onRepick}
      >
        <wa-icon slot="start" name="folder"></wa-icon>Choose again
      </wa-button>`;
    }
    return html`<wa-button
      size="s"
      variant="brand"
      appearance="filled"
      data-testid="source-back-up"
      aria-label=${`Back up ${name} now`}
      ?loading=${this._task.running}
      @click=${this._onBackUp}
    >
      <wa-icon slot="start" name="backup"></wa-icon>${access === 'ask' ? 'Allow and back up' : 'Back up now'}
    </wa-button>`;
  }

  private _renderMenu(): TemplateResult {
    const { access, name } = this.source;
    return html`<wa-dropdown placement="bottom-end" data-testid="source-menu" @wa-select=${this._onSelect}>
      <wa-button slot="trigger" size="s" appearance="plain" data-testid="source-more">
        <wa-icon name="ellipsis" label=${`More for ${name}`}></wa-icon>
      </wa-button>
      ${access === 'pick' ? nothing : MODES.map(renderMode)}
      <wa-dropdown-item value="history"
        ><wa-icon slot="icon" name="history"></wa-icon>History</wa-dropdown-item
      >
      <wa-dropdown-item value="settings"
        ><wa-icon slot="icon" name="settings"></wa-icon>Settings</wa-dropdown-item
      >
      ${
        access === 'pick'
          ? nothing
          : html`<wa-dropdown-item value="forget" variant="danger"
              ><wa-icon slot="icon" name="xmark"></wa-icon>Forget on this device</wa-dropdown-item
            >`
      }
    </wa-dropdown>`;
  }

  private _lastTitle(): string {
    const { lastBackupAtMs } = this.source;
    return lastBackupAtMs === undefined ? '' : `The server accepted it on ${formatDateTime(lastBackupAtMs)}`;
  }

  private _facts(): readonly string[] {
    const { settings, nextBackupAtMs, access } = this.source;
    const { rules, retention, compress, fixedSize } = settings;
    return [
      ACCESS_WORDS[access],
      nextBackupAtMs === undefined ? '' : scheduleWords(settings.schedule),
      rules.length === 0 ? '' : `Leaves out ${plural(rules.length, 'pattern')}`,
      retentionWords(retention),
      compress ? '' : 'Not compressed',
      fixedSize ? 'Fixed size' : '',
    ].filter((fact) => fact !== '');
  }

  private _onBackUp(): void {
    this._backUp('incremental');
  }

  private _backUp(mode: BackupMode): void {
    void this._task.run(async () => {
      await this.model.sources.backUp(this.source, mode);
    });
  }

  private _onRepick(): void {
    fire(this, 'hf-source-repick', this.source);
  }

  private _onSelect(event: WaSelectEvent): void {
    const { value } = event.detail.item as { readonly value?: string };
    const mode = MODES.find((each) => each.mode === value)?.mode;
    if (mode === undefined) this._do(value ?? '');
    else this._backUp(mode);
  }

  private _do(value: string): void {
    if (value === 'settings') fire(this, 'hf-source-settings', this.source);
    if (value === 'history') this.model.router.go({ page: 'snapshots', sourceId: this.source.sourceId });
    if (value === 'forget') void this._forget();
  }

  private async _forget(): Promise<void> {
    const { sourceId, name } = this.source;
    const yes = await this.model.notices.ask({
      title: `Forget “${name}” on this device?`,
      text: 'The folder and its schedule are forgotten here. Its snapshots stay, and you can choose the folder again at any time.',
      confirmLabel: 'Forget',
      danger: true,
    });
    if (yes) await this._task.run(() => this.model.sources.forget(sourceId));
  }

  static override styles = [
    base,
    card,
    flow,
    chips,
    css`
      .card {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--hf-space-s) var(--hf-space-m);
        padding: var(--hf-space-m) var(--hf-space-m) var(--hf-space-m) var(--hf-space-l);
      }

      .sign {
        font-size: 1.6rem;
        color: var(--hf-accent);
      }

      .sign[data-access='ask'] {
        color: var(--hf-warn);
      }

      .sign[data-access='pick'] {
        color: var(--hf-text-faint);
      }

      h3 {
        overflow-wrap: anywhere;
      }

      .chips {
        margin-block-start: var(--hf-space-xs);
      }

      .actions {
        flex-wrap: nowrap;
      }

      .problem {
        grid-column: 1 / -1;
      }

      @media (max-width: 40rem) {
        .card {
          grid-template-columns: auto minmax(0, 1fr);
          padding: var(--hf-space-m);
        }

        .sign {
          align-self: start;
        }

        .about {
          grid-column: 2;
        }

        .actions {
          grid-column: 1 / -1;
        }

        .actions > wa-button {
          flex: 1;
        }
      }
    `,
  ];
}

const SIGNS = { ready: 'folder', ask: 'lock', pick: 'folder' } as const;

const ACCESS_WORDS = {
  ready: '',
  ask: 'Needs your permission to be read',
  pick: 'Not remembered on this device',
} as const;

function renderMode({ mode, name }: (typeof MODES)[number]): TemplateResult {
  return html`<wa-dropdown-item value=${mode}>
    <wa-icon slot="icon" name="backup"></wa-icon>${name} backup
  </wa-dropdown-item>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-source-card': HfSourceCard;
  }
}
