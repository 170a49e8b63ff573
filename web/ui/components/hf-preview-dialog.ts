/**
 * A file of a snapshot to look at. Pictures, sound and film come with a type that runs nothing; everything
 * else that has words is shown as plain text, pages and scripts too.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../../state/app-model.ts';
import type { Preview } from '../../state/previews.ts';
import { formatRoute } from '../../state/routes.ts';
import { problemOf, type EngineProblem, type SnapshotId } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { fire } from '../events.ts';
import { formatBytes, formatDateTime, percentOf } from '../format.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';

export interface PreviewTarget {
  readonly snapshotId: SnapshotId;
  readonly path: readonly string[];
  readonly sizeBytes: number;
  readonly modifiedAtMs?: number;
}

type Media = Extract<Preview, { kind: 'image' | 'audio' | 'video' }>;

type Shown =
  | { readonly kind: 'opening'; readonly percent: number }
  | { readonly kind: 'failed'; readonly problem: EngineProblem }
  | { readonly kind: 'open'; readonly preview: Preview };

@customElement('hf-preview-dialog')
export class HfPreviewDialog extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** The file; the dialog is open while it is set. */
  @property({ attribute: false }) target: PreviewTarget | undefined;

  /** What is shown: the file, and while the dialog closes the last one. */
  @state() private _file: PreviewTarget | undefined;

  @state() private _shown: Shown = { kind: 'opening', percent: 0 };

  @state() private _undrawable = false;

  private _opening: AbortController | undefined;

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  private readonly _task = new Task(this);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('target')) return;
    this._leave();
    if (this.target === undefined) return;
    this._file = this.target;
    this._task.show(undefined);
    void this._open(this.target);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this._leave();
  }

  override render() {
    const file = this._file;
    return html`<wa-dialog
      label=${file?.path.at(-1) ?? ''}
      ?open=${this.target !== undefined}
      data-testid="preview-dialog"
      @wa-hide=${this._onHide}
    >
      ${file === undefined ? nothing : this._renderFile(file)}
    </wa-dialog>`;
  }

  private _renderFile(file: PreviewTarget): TemplateResult {
    return html`<div class="stack">
      <div class="stage" data-testid="preview" data-kind=${this._kind()}>${this._renderShown()}</div>
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <div class="row spread">
        <p class="quiet small number">${this._facts(file)}</p>
        <div class="row">
          ${this._renderWrap()}
          <wa-button
            size="s"
            appearance="outlined"
            href=${this._versionsAddress(file)}
            data-testid="preview-versions"
          >
            <wa-icon slot="start" name="history"></wa-icon>Versions
          </wa-button>
          <wa-button
            size="s"
            variant="brand"
            appearance="filled"
            data-testid="preview-download"
            ?loading=${this._task.running}
            @click=${this._onDownload}
          >
            <wa-icon slot="start" name="download"></wa-icon>Download
          </wa-button>
        </div>
      </div>
    </div>`;
  }

  private _renderShown(): TemplateResult {
    const shown = this._shown;
    if (shown.kind === 'failed') return html`<hf-problem .problem=${shown.problem}></hf-problem>`;
    if (shown.kind === 'opening') {
      return html`<p class="words" role="status">
        <wa-spinner></wa-spinner> Decrypting${shown.percent === 0 ? '' : ` ${shown.percent} %`}
      </p>`;
    }
    return this._undrawable ? renderNone('undrawable') : this._renderPreview(shown.preview);
  }

  private _renderPreview(preview: Preview): TemplateResult {
    if (preview.kind === 'none') return renderNone(preview.why);
    const name = this._file?.path.at(-1) ?? '';
    return preview.kind === 'text' ? this._renderText(preview.text, name) : this._renderMedia(preview, name);
  }

  private _renderText(text: string, name: string): TemplateResult {
    const wraps = this._preferences.value.previewWraps;
    // No space inside: it would be shown.
    return html`<pre tabindex="0" aria-label=${name} data-testid="preview-text" ?data-wraps=${wraps}>
${text}</pre>`;
  }

  private _renderMedia({ kind, url }: Media, name: string): TemplateResult {
    switch (kind) {
      case 'image':
        return html`<img src=${url} alt=${name} data-testid="preview-image" @error=${this._onUndrawable} />`;
      case 'audio':
        return html`<audio controls src=${url} aria-label=${name} @error=${this._onUndrawable}></audio>`;
      case 'video':
        return html`<video controls src=${url} aria-label=${name} @error=${this._onUndrawable}></video>`;
    }
  }

  private _renderWrap(): TemplateResult | typeof nothing {
    if (this._kind() !== 'text') return nothing;
    const wraps = this._preferences.value.previewWraps;
    return html`<wa-button
      size="s"
      appearance="plain"
      aria-pressed=${wraps ? 'true' : 'false'}
      @click=${() => {
        this.model.preferences.change({ previewWraps: !wraps });
      }}
      >${wraps ? 'Don’t fold lines' : 'Fold lines'}</wa-button
    >`;
  }

  private _kind(): string {
    if (this._shown.kind !== 'open') return this._shown.kind;
    return this._undrawable ? 'none' : this._shown.preview.kind;
  }

  private _facts(file: PreviewTarget): string {
    const facts = [
      formatBytes(file.sizeBytes),
      file.modifiedAtMs === undefined ? '' : `changed ${formatDateTime(file.modifiedAtMs)}`,
      ...(this._shown.kind === 'open' ? textFacts(this._shown.preview) : []),
    ];
    return facts.filter((fact) => fact !== '').join(', ');
  }

  private _versionsAddress({ snapshotId, path }: PreviewTarget): string {
    const sourceId = this.model.snapshots.find(snapshotId)?.sourceId;
    return formatRoute(sourceId === undefined ? { page: 'snapshots' } : { page: 'versions', sourceId, path });
  }

  private async _open(target: PreviewTarget): Promise<void> {
    const opening = new AbortController();
    this._opening = opening;
    this._shown = { kind: 'opening', percent: 0 };
    this._undrawable = false;
    const shown = await this._read(target, opening.signal);
    if (!opening.signal.aborted) this._shown = shown;
    else if (shown.kind === 'open') this.model.previews.close(shown.preview);
  }

  private async _read({ snapshotId, path }: PreviewTarget, signal: AbortSignal): Promise<Shown> {
    try {
      const onBytes = (done: number, total: number): void => {
        if (!signal.aborted) this._shown = { kind: 'opening', percent: percentOf(done, total) };
      };
      const onFailed = (error: unknown): void => {
        if (!signal.aborted) this._failed(error);
      };
      const preview = await this.model.previews.open({ snapshotId, path, onBytes, onFailed, signal });
      return { kind: 'open', preview };
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) };
    }
  }

  /** Gives back what the file that was shown holds. */
  private _leave(): void {
    this._opening?.abort();
    this._opening = undefined;
    if (this._shown.kind === 'open') this.model.previews.close(this._shown.preview);
    this._shown = { kind: 'opening', percent: 0 };
  }

  private _failed(error: unknown): void {
    if (this._shown.kind === 'open') this.model.previews.close(this._shown.preview);
    this._shown = { kind: 'failed', problem: problemOf(error) };
  }

  private _onUndrawable(): void {
    if (this._shown.kind === 'open') this._undrawable = true;
  }

  private _onDownload(): void {
    const file = this._file;
    const name = file?.path.at(-1);
    if (file === undefined || name === undefined) return;
    void this._task.run(async () => {
      const selection = { snapshotId: file.snapshotId, paths: [file.path] };
      await this.model.restores.asFile(selection, name, file.sizeBytes);
    });
  }

  private _onHide(event: Event): void {
    if (event.target === event.currentTarget && this.target !== undefined) fire(this, 'hf-closed', undefined);
  }

  static override styles = [
    base,
    flow,
    css`
      wa-dialog {
        --width: min(70rem, 94vw);
      }

      .stage {
        display: grid;
        place-items: center;
        min-block-size: 16rem;
        background: var(--hf-sunken);
        border: var(--hf-line);
        border-radius: var(--hf-radius-m);
        overflow: hidden;
      }

      img,
      video {
        display: block;
        max-inline-size: 100%;
        max-block-size: 68dvh;
        object-fit: contain;
      }

      audio {
        inline-size: min(32rem, 92%);
      }

      pre {
        justify-self: stretch;
        align-self: stretch;
        margin: 0;
        padding: var(--hf-space-m);
        max-block-size: 68dvh;
        overflow: auto;
        font-family: var(--hf-font-mono);
        font-size: var(--hf-text-s);
        line-height: var(--hf-leading);
        white-space: pre;
        tab-size: 4;
      }

      pre[data-wraps] {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }

      @media (max-width: 40rem) {
        img,
        video,
        pre {
          max-block-size: 50dvh;
        }
      }

      .words {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        padding: var(--hf-space-l);
        max-inline-size: 34rem;
        color: var(--hf-text-quiet);
        text-align: center;
      }
    `,
  ];
}

function textFacts(preview: Preview): readonly string[] {
  if (preview.kind !== 'text') return [];
  return [preview.encoding.toUpperCase(), preview.isCut ? 'only its beginning is shown' : ''];
}

type Why = Extract<Preview, { kind: 'none' }>['why'] | 'undrawable';

const WHY: Readonly<Record<Why, string>> = {
  empty: 'This file is empty.',
  type: 'There is no preview of this kind of file. Download it to open it.',
  size: 'This file is too large to be shown here. Download it to open it.',
  pdf: 'A PDF can carry programs, and the browser can’t show one without them here. Download it to open it.',
  browser: 'This page can’t play sound and film before it was loaded again. Reload it, or download the file.',
  undrawable: 'This browser can’t show this kind of picture, sound or film. Download it to open it.',
};

function renderNone(why: Why): TemplateResult {
  return html`<p class="words" data-testid="preview-none" data-why=${why}>${WHY[why]}</p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-preview-dialog': HfPreviewDialog;
  }
}
