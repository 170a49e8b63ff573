/** What the server's own check found damaged: which files in which snapshots, and what heals it. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import type { SourceId } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { groupDamage, type DamagedFile, type DamagedSource } from '../damage-groups.ts';
import { formatDateTime, plural } from '../format.ts';
import { base, card, flow } from '../styles.ts';
import './hf-problem.ts';

const SHOWN_AT_FIRST = 20;

@customElement('hf-damage')
export class HfDamage extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _all = false;

  private readonly _damage = new Observe(this, () => this.model.history.damage);

  private readonly _task = new Task(this);

  private readonly _backup = new Task(this);

  constructor() {
    super();
    new Observe(this, () => this.model.snapshots.list);
    new Observe(this, () => this.model.sources.list);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this._onRefresh();
  }

  override render() {
    const damage = this._damage.value;
    return html`<section class="card stack" aria-labelledby="damage" data-testid="damage">
      <div class="row spread">
        <h2 id="damage">Damage on the server</h2>
        <wa-button size="s" appearance="outlined" ?loading=${this._task.running} @click=${this._onRefresh}>
          <wa-icon slot="start" name="refresh"></wa-icon>Look again
        </wa-button>
      </div>
      <hf-problem .problem=${this._task.problem ?? this._backup.problem}></hf-problem>
      ${damage === undefined ? this._renderLoading() : this._renderDamage(damage.length)}
    </section>`;
  }

  private _renderLoading(): TemplateResult | typeof nothing {
    return this._task.running
      ? html`<p class="line quiet"><wa-spinner></wa-spinner>Asking the server</p>`
      : nothing;
  }

  private _renderDamage(count: number): TemplateResult {
    if (count === 0) {
      return html`<p class="line good" data-testid="damage-none">
        <wa-icon name="success"></wa-icon>Nothing is known to be damaged.
      </p>`;
    }
    const sources = groupDamage(this._damage.value ?? [], (id) => this.model.snapshots.find(id));
    return html`<p>
        The server found parts that it can’t give back as they were sent, on a disk that is failing or was
        changed. <strong>A backup heals them:</strong> from a device that still has these files as they were,
        it reads the files again and sends the damaged parts anew.
      </p>
      ${sources.map((source) => this._renderSource(source))}`;
  }

  private _renderSource(source: DamagedSource): TemplateResult {
    const { sourceName, files } = source;
    const shown = this._all ? files : files.slice(0, SHOWN_AT_FIRST);
    return html`<div class="source" data-testid="damaged-source" data-name=${sourceName}>
      <div class="row spread">
        <h3>${sourceName}: ${plural(files.length, 'file')}</h3>
        ${this._renderHeal(source.sourceId)}
      </div>
      <ul>
        ${shown.map((file) => this._renderFile(file))}
      </ul>
      ${
        shown.length < files.length
          ? html`<wa-button size="s" appearance="plain" @click=${this._onAll}
              >Show all ${files.length}</wa-button
            >`
          : nothing
      }
    </div>`;
  }

  private _renderHeal(sourceId: SourceId): TemplateResult {
    const source = this.model.sources.find(sourceId);
    if (source === undefined || source.access === 'pick') {
      return html`<wa-button size="s" appearance="outlined" href=${formatRoute({ page: 'backup' })}
        >Choose the folder</wa-button
      >`;
    }
    return html`<wa-button
      size="s"
      variant="brand"
      appearance="filled"
      data-testid="heal"
      ?loading=${this._backup.running}
      @click=${() => {
        void this._backup.run(async () => {
          await this.model.sources.backUp(source, 'incremental');
        });
      }}
      >Back up now</wa-button
    >`;
  }

  private _renderFile({ path, snapshots }: DamagedFile): TemplateResult {
    const [newest] = snapshots;
    return html`<li data-testid="damaged-file">
      <wa-icon name="warning"></wa-icon>
      <span class="path">${path === undefined ? 'The list of its files' : path.join('/')}</span>
      ${
        newest === undefined
          ? nothing
          : html`<a
              class="small"
              href=${formatRoute({ page: 'snapshot', snapshotId: newest.snapshotId, path: path?.slice(0, -1) ?? [] })}
              >${snapshots.length === 1 ? formatDateTime(newest.takenAtMs) : plural(snapshots.length, 'snapshot')}</a
            >`
      }
    </li>`;
  }

  private _onAll(): void {
    this._all = true;
  }

  private _onRefresh(): void {
    void this._task.run(() => this.model.history.refreshDamage());
  }

  static override styles = [
    base,
    card,
    flow,
    css`
      .line {
        display: flex;
        align-items: center;
        gap: var(--hf-space-xs);
      }

      .good wa-icon {
        font-size: 1.25rem;
        color: var(--hf-good);
      }

      .source {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-xs);
      }

      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: baseline;
        gap: var(--hf-space-xs);
        padding-block: var(--hf-space-xs);
        border-block-start: var(--hf-line);
      }

      li wa-icon {
        color: var(--hf-bad);
      }

      .path {
        overflow-wrap: anywhere;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-damage': HfDamage;
  }
}
