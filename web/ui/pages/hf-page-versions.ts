/** Every state that one file was in, newest first: to look at, and to bring back. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import {
  problemOf,
  type EngineProblem,
  type FileVersion,
  type SnapshotId,
  type SnapshotInfo,
  type SourceId,
} from '../../state/types.ts';
import { formatAgo, formatBytes, formatDateTime, plural } from '../format.ts';
import { base, card, chips, flow, pageColumn } from '../styles.ts';
import type { PreviewTarget } from '../components/hf-preview-dialog.ts';
import type { Selection } from '../../state/restores.ts';
import '../components/hf-empty.ts';
import '../components/hf-preview-dialog.ts';
import '../components/hf-problem.ts';
import '../components/hf-restore-dialog.ts';

type Versions =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly problem: EngineProblem }
  | { readonly kind: 'ready'; readonly versions: readonly FileVersion[] };

@customElement('hf-page-versions')
export class HfPageVersions extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) sourceId!: SourceId;

  @property({ attribute: false }) path: readonly string[] = [];

  @state() private _versions: Versions = { kind: 'loading' };

  @state() private _previewed: PreviewTarget | undefined;

  @state() private _restoring: { readonly selection: Selection; readonly version: FileVersion } | undefined;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('sourceId') || changed.has('path')) void this._load(this.sourceId, this.path);
  }

  override render() {
    return html`
      <header>
        <a class="back" href=${formatRoute({ page: 'snapshots', sourceId: this.sourceId })}
          ><wa-icon name="chevron-left"></wa-icon>History</a
        >
        <h1 tabindex="-1">${this._name()}</h1>
        <p class="quiet small">${this.path.slice(0, -1).join('/')}</p>
      </header>
      ${this._renderVersions()}
      <hf-preview-dialog
        .model=${this.model}
        .target=${this._previewed}
        @hf-closed=${this._onPreviewClosed}
      ></hf-preview-dialog>
      ${this._renderRestore()}
    `;
  }

  private _renderRestore(): TemplateResult {
    const restoring = this._restoring;
    const file =
      restoring === undefined
        ? undefined
        : { kind: 'file' as const, name: this._name(), sizeBytes: restoring.version.sizeBytes };
    return html`<hf-restore-dialog
      .model=${this.model}
      .selection=${restoring?.selection}
      .snapshot=${this._snapshot(restoring?.selection.snapshotId)}
      .singleFile=${file}
      @hf-closed=${this._onRestoreClosed}
    ></hf-restore-dialog>`;
  }

  private _renderVersions(): TemplateResult {
    const found = this._versions;
    if (found.kind === 'loading')
      return html`<p class="loading"><wa-spinner></wa-spinner> Looking through the snapshots</p>`;
    if (found.kind === 'failed') return html`<hf-problem .problem=${found.problem}></hf-problem>`;
    if (found.versions.length === 0) {
      return html`<hf-empty
        class="card"
        icon="history"
        heading="No version of this file is there"
        text="It may have been in snapshots that are erased by now."
      ></hf-empty>`;
    }
    return html`<p class="quiet">${plural(found.versions.length, 'version')}, the newest first.</p>
      <ol class="card">
        ${found.versions.map((version, index) => this._renderVersion(version, index, found.versions))}
      </ol>`;
  }

  private _renderVersion(
    version: FileVersion,
    index: number,
    versions: readonly FileVersion[],
  ): TemplateResult {
    const { modifiedAtMs, sizeBytes, snapshotIds } = version;
    const older = versions[index + 1];
    const grown = older === undefined ? 0 : sizeBytes - older.sizeBytes;
    return html`<li data-testid="version" data-size=${sizeBytes}>
      <div class="about">
        <strong>Changed ${formatDateTime(modifiedAtMs)}</strong>
        <span class="quiet small">${formatAgo(modifiedAtMs, this.model.nowMs())}</span>
        <span class="chips">
          ${index === 0 ? html`<span data-tone="accent">Newest</span>` : nothing}
          <span>${this._spanWords(snapshotIds)}</span>
        </span>
      </div>
      <span class="size number"
        >${formatBytes(sizeBytes)}${
          grown === 0
            ? nothing
            : html`<span class="quiet small">${grown > 0 ? '+' : '−'}${formatBytes(Math.abs(grown))}</span>`
        }</span
      >
      <div class="row">
        <wa-button
          size="s"
          appearance="outlined"
          data-testid="version-preview"
          aria-label=${`Look at the version of ${formatDateTime(modifiedAtMs)}`}
          @click=${() => {
            this._preview(version);
          }}
        >
          <wa-icon slot="start" name="eye"></wa-icon>Look
        </wa-button>
        <wa-button
          size="s"
          appearance="outlined"
          data-testid="version-restore"
          aria-label=${`Restore the version of ${formatDateTime(modifiedAtMs)}`}
          @click=${() => {
            this._restore(version);
          }}
        >
          <wa-icon slot="start" name="restore"></wa-icon>Restore
        </wa-button>
      </div>
    </li>`;
  }

  private _name(): string {
    return this.path.at(-1) ?? '';
  }

  private _snapshot(snapshotId: SnapshotId | undefined): SnapshotInfo | undefined {
    return snapshotId === undefined ? undefined : this.model.snapshots.find(snapshotId);
  }

  private _spanWords(snapshotIds: readonly SnapshotId[]): string {
    const newest = this._snapshot(snapshotIds[0]);
    if (newest === undefined) return plural(snapshotIds.length, 'snapshot');
    const date = formatDateTime(newest.takenAtMs);
    return snapshotIds.length === 1
      ? `In the snapshot of ${date}`
      : `In ${snapshotIds.length} snapshots, last ${date}`;
  }

  private _preview({ snapshotIds, sizeBytes, modifiedAtMs }: FileVersion): void {
    const [snapshotId] = snapshotIds;
    if (snapshotId !== undefined) this._previewed = { snapshotId, path: this.path, sizeBytes, modifiedAtMs };
  }

  private _restore(version: FileVersion): void {
    const [snapshotId] = version.snapshotIds;
    if (snapshotId !== undefined)
      this._restoring = { selection: { snapshotId, paths: [this.path] }, version };
  }

  private _onPreviewClosed(event: Event): void {
    event.stopPropagation();
    this._previewed = undefined;
  }

  private _onRestoreClosed(event: Event): void {
    event.stopPropagation();
    this._restoring = undefined;
  }

  private async _load(sourceId: SourceId, path: readonly string[]): Promise<void> {
    this._versions = { kind: 'loading' };
    const versions = await this._read(sourceId, path);
    if (sourceId === this.sourceId && path === this.path) this._versions = versions;
  }

  private async _read(sourceId: SourceId, path: readonly string[]): Promise<Versions> {
    try {
      return { kind: 'ready', versions: await this.model.history.versions(sourceId, path) };
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) };
    }
  }

  static override styles = [
    base,
    card,
    chips,
    flow,
    pageColumn,
    css`
      h1 {
        overflow-wrap: anywhere;
      }

      ol {
        padding-block: var(--hf-space-xs);
      }

      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        align-items: center;
        gap: var(--hf-space-xs) var(--hf-space-m);
        padding-block: var(--hf-space-s);
      }

      li + li {
        border-block-start: var(--hf-line);
      }

      .about {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: var(--hf-space-2xs) var(--hf-space-xs);
      }

      .about .chips {
        flex-basis: 100%;
      }

      .size {
        display: flex;
        flex-direction: column;
        align-items: flex-end;
      }

      @media (max-width: 40rem) {
        li {
          grid-template-columns: minmax(0, 1fr) auto;
        }

        li .row {
          grid-column: 1 / -1;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-versions': HfPageVersions;
  }
}
