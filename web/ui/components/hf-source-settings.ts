/** The settings of one source in a dialog: what is left out, how it is stored, when, and for how long. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import type { PickedSource, RetentionPolicy, SourceInfo, SourceSettings } from '../../state/types.ts';
import { Task } from '../controllers/task.ts';
import { fire } from '../events.ts';
import { plural } from '../format.ts';
import { base, flow, primaryAction } from '../styles.ts';
import type { CountRules } from './hf-rules-editor.ts';
import './hf-problem.ts';
import './hf-retention-editor.ts';
import './hf-rules-editor.ts';
import './hf-schedule-editor.ts';

@customElement('hf-source-settings')
export class HfSourceSettings extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  /** The source; the dialog is open while it is set. */
  @property({ attribute: false }) source: SourceInfo | undefined;

  /** What is shown: the source, and while the dialog closes the last one. */
  @state() private _shown: SourceInfo | undefined;

  @state() private _name = '';

  @state() private _settings: SourceSettings | undefined;

  @state() private _count: CountRules | undefined;

  private _preview:
    ((policy: RetentionPolicy) => ReturnType<AppModel['sources']['previewRetention']>) | undefined;

  private readonly _task = new Task(this);

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('source') || this.source === undefined) return;
    const { sourceId, name, settings, access, lastBackupAtMs } = this.source;
    this._shown = this.source;
    this._name = name;
    this._settings = settings;
    this._count = undefined;
    this._preview =
      lastBackupAtMs === undefined
        ? undefined
        : (retention) => this.model.sources.previewRetention(sourceId, { ...settings, retention });
    this._task.show(undefined);
    if (access === 'ready') void this._openForCount(this.source);
  }

  override render() {
    return html`<wa-dialog
      label=${`Settings of ${this._shown?.name ?? ''}`}
      ?open=${this.source !== undefined}
      data-testid="source-settings"
      @wa-hide=${this._onHide}
      @wa-after-hide=${this._onHidden}
    >
      ${this._shown === undefined || this._settings === undefined ? nothing : this._renderForm(this._shown, this._settings)}
      <div slot="footer" class="row">
        <wa-button appearance="outlined" data-testid="settings-cancel" @click=${this._close}
          >Cancel</wa-button
        >
        <wa-button
          variant="brand"
          appearance="accent"
          data-testid="settings-save"
          ?loading=${this._task.running}
          @click=${this._onSave}
          >Save</wa-button
        >
      </div>
    </wa-dialog>`;
  }

  private _renderForm(source: SourceInfo, settings: SourceSettings): TemplateResult {
    return html`<div class="stack-l">
      <wa-input
        label="Name"
        size="s"
        maxlength="200"
        data-testid="source-name"
        .value=${this._name}
        @input=${this._onName}
      ></wa-input>
      <section class="stack-s" aria-label="What is left out">
        <hf-rules-editor
          .rules=${settings.rules}
          .count=${this._count}
          @hf-rules-changed=${this._onRules}
        ></hf-rules-editor>
        ${source.access === 'ask' && this._count === undefined ? this._renderAsk() : nothing}
      </section>
      <hf-schedule-editor
        .schedule=${settings.schedule}
        .canWatch=${source.canWatch}
        @hf-schedule-changed=${this._onSchedule}
      ></hf-schedule-editor>
      <hf-retention-editor
        .policy=${settings.retention}
        .preview=${this._preview}
        .snapshots=${this.model.snapshots.list.value.snapshots}
        @hf-retention-changed=${this._onRetention}
      ></hf-retention-editor>
      <section class="stack-s" aria-label="How it is stored">
        <wa-switch
          hint="Where it makes files smaller. Off is a little faster for photos, videos and archives."
          data-testid="source-compress"
          .checked=${settings.compress}
          @change=${this._onCompress}
          >Compress</wa-switch
        >
        <wa-switch
          hint="The server learns even less about the shape of your files, and stores more when they change."
          data-testid="source-fixed"
          .checked=${settings.fixedSize}
          @change=${this._onFixedSize}
          >Chunks of one fixed size</wa-switch
        >
      </section>
      <hf-problem .problem=${this._task.problem}></hf-problem>
    </div>`;
  }

  private _renderAsk(): TemplateResult {
    return html`<div>
      <wa-button size="s" appearance="outlined" data-testid="count-rules" @click=${this._onAskCount}>
        <wa-icon slot="start" name="lock"></wa-icon>Allow reading the folder to count
      </wa-button>
    </div>`;
  }

  private _change(changes: Partial<SourceSettings>): void {
    if (this._settings !== undefined) this._settings = { ...this._settings, ...changes };
  }

  private async _openForCount(source: SourceInfo): Promise<void> {
    const picked: PickedSource | undefined = await this.model.sources.pickedOf(source);
    if (picked === undefined || source !== this._shown) return;
    this._count = (rules, onCount) => this.model.sources.countRules(picked, rules, onCount);
  }

  private _onAskCount(): void {
    const source = this._shown;
    if (source !== undefined) void this._task.run(() => this._openForCount(source));
  }

  private _onName(event: Event): void {
    this._name = (event.target as WaInput).value ?? '';
  }

  private _onRules(event: HTMLElementEventMap['hf-rules-changed']): void {
    this._change({ rules: event.detail });
  }

  private _onSchedule(event: HTMLElementEventMap['hf-schedule-changed']): void {
    this._change({ schedule: event.detail });
  }

  private _onRetention(event: HTMLElementEventMap['hf-retention-changed']): void {
    this._change({ retention: event.detail });
  }

  private _onCompress(event: Event): void {
    this._change({ compress: (event.target as WaSwitch).checked });
  }

  private _onFixedSize(event: Event): void {
    this._change({ fixedSize: (event.target as WaSwitch).checked });
  }

  private readonly _onSave = async (): Promise<void> => {
    const source = this._shown;
    const settings = this._settings;
    if (source === undefined || settings === undefined) return;
    const saved = await this._task.run(async () => {
      const name = this._name.trim() === '' ? source.name : this._name.trim();
      await this.model.sources.save({ sourceId: source.sourceId, name, settings });
    });
    if (!saved) return;
    this._close();
    await this._offerToApply(source, settings);
  };

  /** A policy takes effect after the next backup; whoever wants the room now gets it now. */
  private async _offerToApply(source: SourceInfo, settings: SourceSettings): Promise<void> {
    if (settings.retention === source.settings.retention || this._preview === undefined) return;
    const { remove } = await this._preview(settings.retention);
    if (remove.length === 0) return;
    const yes = await this.model.notices.ask({
      title: `Move ${plural(remove.length, 'snapshot')} to the trash now?`,
      text: 'Otherwise that happens after the next backup. What is in the trash comes back until it is erased.',
      confirmLabel: 'Move now',
      cancelLabel: 'Later',
    });
    if (!yes) return;
    await this._task.run(async () => {
      const count = await this.model.sources.applyRetention(source.sourceId);
      this.model.notices.toast('success', `${plural(count, 'snapshot')} moved to the trash.`);
    });
    if (this._task.problem !== undefined) this.model.notices.problem(this._task.problem);
  }

  private readonly _close = (): void => {
    fire(this, 'hf-closed', undefined);
  };

  private _onHide(event: Event): void {
    // Selects inside the dialog tell of their own hiding, too.
    if (event.target === event.currentTarget) this._close();
  }

  private _onHidden(event: Event): void {
    if (event.target === event.currentTarget && this.source === undefined) this._shown = undefined;
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      wa-dialog {
        --width: 38rem;
      }

      .row {
        justify-content: flex-end;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-source-settings': HfSourceSettings;
  }
}
