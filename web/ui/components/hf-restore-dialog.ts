/**
 * Restoring a selection: where to, what to do about files that are there already, then progress and
 * a report. Closing it leaves the restore running; the backup page shows it too.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import '@awesome.me/webawesome/dist/components/select/select.js';
import type WaSelect from '@awesome.me/webawesome/dist/components/select/select.js';
import type { AppModel } from '../../state/app-model.ts';
import { hasFolderPicker, pickFolderHandle } from '../../state/backups.ts';
import { LARGE_IN_MEMORY_BYTES, type Selection } from '../../state/restores.ts';
import {
  problemOf,
  type ConflictChoice,
  type EngineProblem,
  type EntryInfo,
  type JobId,
  type SnapshotInfo,
} from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { fire } from '../events.ts';
import { formatBytes, plural } from '../format.ts';
import { base, flow, primaryAction } from '../styles.ts';
import './hf-problem.ts';
import './hf-restore-report.ts';

type Measure =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'measured'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'failed'; readonly problem: EngineProblem };

const CONFLICTS: readonly (readonly [ConflictChoice, string])[] = [
  ['keep-both', 'Keep both files'],
  ['skip', 'Skip it'],
  ['replace', 'Replace it'],
];

@customElement('hf-restore-dialog')
export class HfRestoreDialog extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** What to restore; the dialog is open while it is set. */
  @property({ attribute: false }) selection: Selection | undefined;

  @property({ attribute: false }) snapshot: SnapshotInfo | undefined;

  /** The selected file, where it is one file. */
  @property({ attribute: false }) singleFile: EntryInfo | undefined;

  /** What is shown: the selection, and while the dialog closes the last one. */
  @state() private _shown: Selection | undefined;

  @state() private _measure: Measure = { kind: 'measuring' };

  @state() private _jobId: JobId | undefined;

  @state() private _conflict: ConflictChoice = 'keep-both';

  private readonly _task = new Task(this);

  private readonly _jobs = new Observe(this, () => this.model.jobs.jobs);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('selection') || this.selection === undefined) return;
    this._shown = this.selection;
    this._jobId = undefined;
    this._conflict = this.model.preferences.value.conflict;
    this._task.show(undefined);
    void this._measureSelection(this.selection);
  }

  override render() {
    // The outer div stays: Chromium never lets go of a page whose modal dialog lost a child of its own that was under the
    // pointer (seen in 156).
    return html`<wa-dialog
      label=${this._title()}
      ?open=${this.selection !== undefined}
      data-testid="restore-dialog"
      @wa-hide=${this._onHide}
      @wa-after-hide=${this._onHidden}
    >
      <div>${this._shown === undefined ? nothing : this._renderBody()}</div>
    </wa-dialog>`;
  }

  private _title(): string {
    if (this.singleFile !== undefined) return `Restore “${this.singleFile.name}”`;
    return this._shown?.paths[0]?.length === 0 ? 'Restore the whole snapshot' : 'Restore the selection';
  }

  private _renderBody(): TemplateResult {
    const job =
      this._jobId === undefined
        ? undefined
        : this._jobs.value.find(({ progress }) => progress.jobId === this._jobId);
    if (job !== undefined)
      return html`<hf-restore-report .model=${this.model} .job=${job}></hf-restore-report>`;
    return html`<div class="stack">
      <p class="quiet" data-testid="restore-measure">${this._measureWords()}</p>
      ${hasFolderPicker(globalThis) ? this._renderFolder() : nothing} ${this._renderDownload()}
      <hf-problem .problem=${this._task.problem ?? this._measureProblem()}></hf-problem>
    </div>`;
  }

  private _renderFolder(): TemplateResult {
    return html`<section>
      <h3><wa-icon name="folder"></wa-icon>Into a folder of this device</h3>
      <wa-select
        label="If a file of that name is there already"
        size="s"
        data-testid="conflict-choice"
        .value=${this._conflict}
        @change=${this._onConflict}
      >
        ${CONFLICTS.map(([value, words]) => html`<wa-option value=${value}>${words}</wa-option>`)}
      </wa-select>
      <p class="quiet small">
        Was a restore interrupted? Choose the same folder again: what is there already is checked, not
        fetched.
      </p>
      <wa-button
        variant="brand"
        appearance="accent"
        data-testid="restore-folder"
        ?loading=${this._task.running}
        @click=${this._onFolder}
        >Choose the folder</wa-button
      >
    </section>`;
  }

  private _renderDownload(): TemplateResult {
    const isFile = this.singleFile !== undefined;
    // The page's one loud button is the best way to restore: a folder where the browser can write to one.
    const loudest = hasFolderPicker(globalThis) ? 'none' : isFile ? 'file' : 'zip';
    return html`<section>
      <h3><wa-icon name="download"></wa-icon>As a download</h3>
      <p class="quiet small">
        ${isFile ? 'The file as it was, or in a zip archive.' : 'One zip archive with all folders in it.'}
        ${this._memoryWords()}
      </p>
      <div class="row">
        ${isFile ? this._renderButton('restore-file', 'Download the file', loudest === 'file', this._onFile) : nothing}
        ${this._renderButton('restore-zip', 'Download as zip', loudest === 'zip', this._onZip)}
      </div>
    </section>`;
  }

  private _renderButton(testId: string, words: string, loud: boolean, onClick: () => void): TemplateResult {
    return html`<wa-button
      appearance=${loud ? 'accent' : 'outlined'}
      variant=${loud ? 'brand' : 'neutral'}
      data-testid=${testId}
      ?disabled=${this._task.running}
      @click=${onClick}
      >${words}</wa-button
    >`;
  }

  private _measureWords(): string {
    const measure = this._measure;
    if (measure.kind === 'measuring') return 'Counting files';
    if (measure.kind === 'failed') return '';
    return `${plural(measure.files, 'file')}, ${formatBytes(measure.bytes)}`;
  }

  private _measureProblem(): EngineProblem | undefined {
    return this._measure.kind === 'failed' ? this._measure.problem : undefined;
  }

  private _memoryWords(): string {
    const measure = this._measure;
    if (this.model.restores.downloadsStream || measure.kind !== 'measured') return '';
    return measure.bytes < LARGE_IN_MEMORY_BYTES
      ? ''
      : `This browser has to hold all ${formatBytes(measure.bytes)} in memory first; choose fewer files if it fails.`;
  }

  private async _measureSelection(selection: Selection): Promise<void> {
    this._measure = { kind: 'measuring' };
    const measure = await this._read(selection);
    if (selection === this.selection) this._measure = measure;
  }

  private async _read(selection: Selection): Promise<Measure> {
    try {
      const { files, bytes } = await this.model.snapshots.measure(selection.snapshotId, selection.paths);
      return { kind: 'measured', files, bytes };
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) };
    }
  }

  private _onConflict(event: Event): void {
    const value = (event.target as WaSelect).value;
    this._conflict = CONFLICTS.find(([choice]) => choice === value)?.[0] ?? 'keep-both';
    this.model.preferences.change({ conflict: this._conflict });
  }

  private _onFolder(): void {
    this._start(async (selection) => {
      const handle = await pickFolderHandle({ id: 'holdfast-restore', mode: 'readwrite' });
      return handle === undefined
        ? undefined
        : this.model.restores.intoFolder(selection, handle, this._conflict);
    });
  }

  private _onZip(): void {
    this._start((selection) => this.model.restores.asZip(selection, `${this._downloadName()}.zip`));
  }

  private _onFile(): void {
    const file = this.singleFile;
    if (file === undefined) return;
    this._start((selection) => this.model.restores.asFile(selection, file.name, file.sizeBytes));
  }

  private _downloadName(): string {
    const { snapshot } = this;
    if (snapshot === undefined) return 'holdfast';
    return `${snapshot.sourceName} ${new Date(snapshot.takenAtMs).toISOString().slice(0, 10)}`;
  }

  private _start(begin: (selection: Selection) => Promise<JobId | undefined>): void {
    const { selection } = this;
    if (selection === undefined) return;
    void this._task.run(async () => {
      this._jobId = await begin(selection);
    });
  }

  private _onHide(event: Event): void {
    // A select inside the dialog tells of its own hiding, too.
    if ((event.target as Element).localName !== 'wa-dialog') return;
    fire(this, 'hf-closed', undefined);
  }

  private _onHidden(event: Event): void {
    if ((event.target as Element).localName === 'wa-dialog' && this.selection === undefined)
      this._shown = undefined;
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      wa-dialog {
        --width: 32rem;
      }

      section {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-s);
        padding: var(--hf-space-m);
        background: var(--hf-sunken);
        border: var(--hf-line);
        border-radius: var(--hf-radius-m);
      }

      h3 {
        display: flex;
        align-items: center;
        gap: var(--hf-space-xs);
      }

      h3 wa-icon {
        font-size: 1.2rem;
        color: var(--hf-accent);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-restore-dialog': HfRestoreDialog;
  }
}
