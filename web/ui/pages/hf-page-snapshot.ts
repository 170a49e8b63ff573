/** The file browser of one snapshot: look into its folders, choose, restore. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import type { Selection } from '../../state/restores.ts';
import { formatRoute } from '../../state/routes.ts';
import {
  problemOf,
  type EngineProblem,
  type EntryInfo,
  type SnapshotId,
  type SnapshotInfo,
} from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { formatBytes, formatDateTime, plural } from '../format.ts';
import { modeName } from '../source-words.ts';
import { base, flow, primaryAction } from '../styles.ts';
import '../components/hf-breadcrumbs.ts';
import '../components/hf-empty.ts';
import '../components/hf-entry-list.ts';
import '../components/hf-problem.ts';
import '../components/hf-preview-dialog.ts';
import '../components/hf-restore-dialog.ts';
import '../components/hf-verify-dialog.ts';
import type { PreviewTarget } from '../components/hf-preview-dialog.ts';

type Folder =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly problem: EngineProblem }
  | { readonly kind: 'ready'; readonly entries: readonly EntryInfo[] };

@customElement('hf-page-snapshot')
export class HfPageSnapshot extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) snapshotId!: SnapshotId;

  @property({ attribute: false }) path: readonly string[] = [];

  @state() private _folder: Folder = { kind: 'loading' };

  @state() private _selected: ReadonlySet<string> = new Set();

  @state() private _restoring: Selection | undefined;

  @state() private _previewed: PreviewTarget | undefined;

  @state() private _verified: SnapshotInfo | undefined;

  private readonly _list = new Observe(this, () => this.model.snapshots.list);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('snapshotId') || changed.has('path')) void this._load();
  }

  override render() {
    const snapshot = this.model.snapshots.find(this.snapshotId);
    if (snapshot === undefined && this._list.value.kind === 'ready') return this._renderMissing();
    return html`${this._renderHead(snapshot)} ${this._renderFolder()}
      <hf-restore-dialog
        .model=${this.model}
        .selection=${this._restoring}
        .snapshot=${snapshot}
        .singleFile=${this._singleFile()}
        @hf-closed=${this._onDialogClosed}
      ></hf-restore-dialog>
      <hf-preview-dialog
        .model=${this.model}
        .target=${this._previewed}
        @hf-closed=${this._onPreviewClosed}
      ></hf-preview-dialog>
      <hf-verify-dialog
        .model=${this.model}
        .snapshot=${this._verified}
        @hf-closed=${this._onVerifyClosed}
      ></hf-verify-dialog>`;
  }

  private _renderHead(snapshot: SnapshotInfo | undefined): TemplateResult {
    const name = snapshot?.sourceName ?? 'Snapshot';
    return html`<header>
        <a class="back" href=${formatRoute({ page: 'snapshots' })}
          ><wa-icon name="chevron-left"></wa-icon>History</a
        >
        <h1 tabindex="-1">${name}</h1>
        ${snapshot === undefined ? nothing : this._renderFacts(snapshot)}
      </header>
      <div class="row spread bar">
        <hf-breadcrumbs .snapshotId=${this.snapshotId} .path=${this.path} root=${name}></hf-breadcrumbs>
        <div class="row">${this._renderActions()}</div>
      </div>`;
  }

  private _renderMissing(): TemplateResult {
    return html`<h1 tabindex="-1">Snapshot</h1>
      <hf-empty
        icon="history"
        heading="This snapshot is not there"
        text="It may have been removed on another device."
      >
        <wa-button href=${formatRoute({ page: 'snapshots' })}>All snapshots</wa-button>
      </hf-empty>`;
  }

  private _renderFacts(snapshot: SnapshotInfo): TemplateResult {
    const { takenAtMs, filesTotal, foldersTotal, bytesTotal, problemsTotal, deviceName } = snapshot;
    const { mode, mark, partial } = snapshot;
    return html`<ul class="facts quiet small">
      <li>${formatDateTime(takenAtMs)}</li>
      <li>${plural(filesTotal, 'file')}, ${plural(foldersTotal, 'folder')}</li>
      <li>${formatBytes(bytesTotal)}</li>
      <li>${deviceName}</li>
      <li>${modeName(mode)}</li>
      ${mark === 'pinned' ? html`<li class="mark"><wa-icon name="pin"></wa-icon>Pinned</li>` : nothing}
      ${
        mark === 'trashed'
          ? html`<li class="warn"><wa-icon name="trash"></wa-icon>In the trash</li>`
          : nothing
      }
      ${
        partial
          ? html`<li class="warn"><wa-icon name="warning"></wa-icon>Partial: the backup was interrupted</li>`
          : nothing
      }
      ${
        problemsTotal === 0
          ? nothing
          : html`<li class="warn">
              <wa-icon name="warning"></wa-icon>${plural(problemsTotal, 'file')} could not be read then
            </li>`
      }
    </ul>`;
  }

  private _renderActions(): TemplateResult {
    const count = this._selected.size;
    if (count === 0) {
      return html`<wa-button appearance="outlined" data-testid="verify-snapshot" @click=${this._onVerify}
          ><wa-icon slot="start" name="shield"></wa-icon>Verify</wa-button
        ><wa-button
          variant="brand"
          appearance="accent"
          data-testid="restore-all"
          @click=${this._onRestoreAll}
        >
          <wa-icon slot="start" name="restore"></wa-icon>Restore everything
        </wa-button>`;
    }
    return html`<wa-button appearance="plain" size="s" data-testid="clear-selection" @click=${this._onClear}
        >Clear</wa-button
      >
      <wa-button
        variant="brand"
        appearance="accent"
        data-testid="restore-selection"
        @click=${this._onRestoreSelection}
      >
        <wa-icon slot="start" name="restore"></wa-icon>Restore ${plural(count, 'item')}
      </wa-button>`;
  }

  private _renderFolder(): TemplateResult {
    const folder = this._folder;
    if (folder.kind === 'loading')
      return html`<p class="loading"><wa-spinner></wa-spinner> Opening the folder</p>`;
    if (folder.kind === 'failed') return html`<hf-problem .problem=${folder.problem}></hf-problem>`;
    if (folder.entries.length === 0) {
      return html`<hf-empty
        icon="folder"
        heading="This folder is empty"
        text="It was empty when it was backed up, too."
      ></hf-empty>`;
    }
    return html`<hf-entry-list
        .entries=${folder.entries}
        .selected=${this._selected}
        @hf-folder-opened=${this._onFolderOpened}
        @hf-file-opened=${this._onFileOpened}
        @hf-selection-changed=${this._onSelectionChanged}
        @hf-up=${this._onUp}
      ></hf-entry-list>
      <p class="quiet small" aria-live="polite">
        ${plural(folder.entries.length, 'item')}${this._selected.size === 0 ? '' : `, ${this._selected.size} selected`}
      </p>`;
  }

  private async _load(): Promise<void> {
    const { snapshotId, path } = this;
    this._folder = { kind: 'loading' };
    this._selected = new Set();
    const folder = await this._read(snapshotId, path);
    if (snapshotId === this.snapshotId && path === this.path) this._folder = folder;
  }

  private async _read(snapshotId: SnapshotId, path: readonly string[]): Promise<Folder> {
    try {
      return { kind: 'ready', entries: await this.model.snapshots.listFolder(snapshotId, path) };
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) };
    }
  }

  private _singleFile(): EntryInfo | undefined {
    const [name] = this._selected;
    if (this._selected.size !== 1 || this._folder.kind !== 'ready') return undefined;
    return this._folder.entries.find((entry) => entry.name === name && entry.kind === 'file');
  }

  private _onRestoreAll(): void {
    this._restoring = { snapshotId: this.snapshotId, paths: [[]] };
  }

  private _onRestoreSelection(): void {
    const paths = [...this._selected].map((name) => [...this.path, name]);
    this._restoring = { snapshotId: this.snapshotId, paths };
  }

  private _onClear(): void {
    this._selected = new Set();
  }

  private _onDialogClosed(): void {
    this._restoring = undefined;
  }

  private _onFolderOpened(event: HTMLElementEventMap['hf-folder-opened']): void {
    this._go([...this.path, event.detail]);
  }

  private _onFileOpened(event: HTMLElementEventMap['hf-file-opened']): void {
    const { name, sizeBytes, modifiedAtMs } = event.detail;
    const target = { snapshotId: this.snapshotId, path: [...this.path, name], sizeBytes };
    this._previewed = modifiedAtMs === undefined ? target : { ...target, modifiedAtMs };
  }

  private _onPreviewClosed(event: Event): void {
    event.stopPropagation();
    this._previewed = undefined;
  }

  private _onVerify(): void {
    this._verified = this.model.snapshots.find(this.snapshotId);
  }

  private _onVerifyClosed(event: Event): void {
    event.stopPropagation();
    this._verified = undefined;
  }

  private _onSelectionChanged(event: HTMLElementEventMap['hf-selection-changed']): void {
    this._selected = event.detail;
  }

  private _onUp(): void {
    if (this.path.length > 0) this._go(this.path.slice(0, -1));
  }

  private _go(path: readonly string[]): void {
    this.model.router.go({ page: 'snapshot', snapshotId: this.snapshotId, path });
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-m);
      }

      .back {
        display: inline-flex;
        align-items: center;
        gap: var(--hf-space-2xs);
        margin-block-end: var(--hf-space-xs);
        font-size: var(--hf-text-s);
        text-decoration: none;
      }

      h1 {
        overflow-wrap: anywhere;
      }

      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: var(--hf-space-2xs) var(--hf-space-m);
        margin-block-start: var(--hf-space-xs);
      }

      .facts .warn,
      .facts .mark {
        display: flex;
        align-items: center;
        gap: var(--hf-space-2xs);
        color: var(--hf-warn);
      }

      .facts .mark {
        color: var(--hf-mark);
      }

      .bar {
        min-block-size: 3rem;
      }

      hf-breadcrumbs {
        flex: 1 1 14rem;
        min-inline-size: 0;
      }

      .loading {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        padding: var(--hf-space-l);
        color: var(--hf-text-quiet);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-snapshot': HfPageSnapshot;
  }
}
