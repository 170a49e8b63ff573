/** Starting a verification of one snapshot: how deep, and what each depth reads. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import '@awesome.me/webawesome/dist/components/radio-group/radio-group.js';
import '@awesome.me/webawesome/dist/components/radio/radio.js';
import type WaRadioGroup from '@awesome.me/webawesome/dist/components/radio-group/radio-group.js';
import type { AppModel } from '../../state/app-model.ts';
import type { SnapshotInfo, VerifyDepth } from '../../state/types.ts';
import { Task } from '../controllers/task.ts';
import { fire } from '../events.ts';
import { formatBytes, formatDateTime } from '../format.ts';
import { base, flow, primaryAction } from '../styles.ts';
import './hf-problem.ts';

const DEPTHS: readonly (readonly [VerifyDepth, string, string])[] = [
  ['metadata', 'Names and folders', 'Reads all folders: that nothing is missing from them. Quick.'],
  ['sample', 'A sample', 'Besides, reads a part of the content, another one each time.'],
  ['full', 'Everything', 'Reads and decrypts every byte, as a restore would.'],
];

@customElement('hf-verify-dialog')
export class HfVerifyDialog extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** The snapshot; the dialog is open while it is set. */
  @property({ attribute: false }) snapshot: SnapshotInfo | undefined;

  @state() private _shown: SnapshotInfo | undefined;

  @state() private _depth: VerifyDepth = 'sample';

  private readonly _task = new Task(this);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('snapshot') || this.snapshot === undefined) return;
    this._shown = this.snapshot;
    this._task.show(undefined);
  }

  override render() {
    return html`<wa-dialog
      label=${`Verify “${this._shown?.sourceName ?? ''}”`}
      ?open=${this.snapshot !== undefined}
      data-testid="verify-dialog"
      @wa-hide=${this._onHide}
    >
      ${this._shown === undefined ? nothing : this._renderForm(this._shown)}
      <div slot="footer" class="row">
        <wa-button appearance="outlined" @click=${this._close}>Cancel</wa-button>
        <wa-button
          variant="brand"
          appearance="accent"
          data-testid="verify-start"
          ?loading=${this._task.running}
          @click=${this._onStart}
          >Verify</wa-button
        >
      </div>
    </wa-dialog>`;
  }

  private _renderForm({ takenAtMs, bytesTotal }: SnapshotInfo): TemplateResult {
    return html`<div class="stack">
      <p class="quiet">
        Reads the snapshot of ${formatDateTime(takenAtMs)} back from the server and checks on this device that
        it is what was backed up.
      </p>
      <wa-radio-group
        label="How much to read"
        data-testid="verify-depth"
        .value=${this._depth}
        @change=${this._onDepth}
      >
        ${DEPTHS.map(
          ([depth, name, hint]) =>
            html`<wa-radio value=${depth}>
              ${name}${depth === 'full' ? ` (${formatBytes(bytesTotal)})` : ''}
              <span class="hint quiet small">${hint}</span>
            </wa-radio>`,
        )}
      </wa-radio-group>
      <hf-problem .problem=${this._task.problem}></hf-problem>
    </div>`;
  }

  private _onDepth(event: Event): void {
    const value = (event.target as WaRadioGroup).value;
    this._depth = DEPTHS.find(([depth]) => depth === value)?.[0] ?? 'sample';
  }

  private readonly _onStart = async (): Promise<void> => {
    const snapshot = this._shown;
    if (snapshot === undefined) return;
    const done = await this._task.run(async () => {
      await this.model.history.verify(snapshot.snapshotId, this._depth);
    });
    if (!done) return;
    this._close();
    this.model.router.go({ page: 'check' });
  };

  private readonly _close = (): void => {
    fire(this, 'hf-closed', undefined);
  };

  private _onHide(event: Event): void {
    if (event.target === event.currentTarget && this.snapshot !== undefined) this._close();
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      wa-dialog {
        --width: 32rem;
      }

      .row {
        justify-content: flex-end;
      }

      .hint {
        display: block;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-verify-dialog': HfVerifyDialog;
  }
}
