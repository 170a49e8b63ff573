/** The backup page: what to back up, and the jobs of this visit. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import type { AppModel } from '../../state/app-model.ts';
import type { NamedSource } from '../../state/backups.ts';
import { isOver, type Job } from '../../state/jobs-store.ts';
import { problemOf } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { base, flow } from '../styles.ts';
import type { HfDropZone } from '../components/hf-drop-zone.ts';
import '../components/hf-backup-options.ts';
import '../components/hf-drop-zone.ts';
import '../components/hf-how-it-works.ts';
import '../components/hf-job-card.ts';
import '../components/hf-recent-sources.ts';

@customElement('hf-page-backup')
export class HfPageBackup extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @query('hf-drop-zone') private readonly _zone!: HfDropZone;

  private readonly _jobs = new Observe(this, () => this.model.jobs.jobs);

  private readonly _recent = new Observe(this, () => this.model.backups.recent);

  /** Opens the folder picker (a keyboard shortcut does). */
  pickFolder(): void {
    this._zone.pickFolder();
  }

  override render() {
    const jobs = this._jobs.value;
    return html`
      <h1 tabindex="-1">Backup</h1>
      <hf-drop-zone
        .notices=${this.model.notices}
        ?compact=${jobs.length > 0}
        @hf-source-picked=${this._onPicked}
      ></hf-drop-zone>
      ${this._renderJobs(jobs)}
      <hf-backup-options .model=${this.model}></hf-backup-options>
      ${
        jobs.length === 0 && this._recent.value.length === 0
          ? html`<hf-how-it-works></hf-how-it-works>`
          : nothing
      }
      <hf-recent-sources
        .sources=${this._recent.value}
        .nowMs=${this.model.nowMs()}
        @hf-recent-chosen=${this._onRecent}
      ></hf-recent-sources>
    `;
  }

  private _renderJobs(jobs: readonly Job[]): TemplateResult | typeof nothing {
    if (jobs.length === 0) return nothing;
    const running = jobs.filter(({ progress }) => !isOver(progress.phase)).length;
    return html`<section class="stack" aria-label="Jobs">
      ${running > 1 ? this._renderStopAll() : nothing}
      ${repeat(
        jobs,
        ({ progress }) => progress.jobId,
        (job) => html`<hf-job-card .model=${this.model} .job=${job}></hf-job-card>`,
      )}
    </section>`;
  }

  private _renderStopAll(): TemplateResult {
    return html`<div class="row">
      <wa-button size="s" appearance="outlined" data-testid="stop-all" @click=${this._onStopAll}
        >Stop all</wa-button
      >
    </div>`;
  }

  private readonly _onStopAll = async (): Promise<void> => {
    const yes = await this.model.notices.ask({
      title: 'Stop all backups and restores?',
      text: 'What was sent is not sent again next time; files that are already restored stay.',
      confirmLabel: 'Stop all',
      cancelLabel: 'Keep going',
      danger: true,
    });
    if (!yes) return;
    try {
      await this.model.jobs.cancelAll();
    } catch (error) {
      this.model.notices.problem(problemOf(error));
    }
  };

  private _onPicked(event: HTMLElementEventMap['hf-source-picked']): void {
    void this._start(event.detail);
  }

  private readonly _onRecent = async (event: HTMLElementEventMap['hf-recent-chosen']): Promise<void> => {
    if (event.detail.handle === undefined) {
      this._zone.pickFolder();
      return;
    }
    try {
      const source = await this.model.backups.reopen(event.detail);
      if (source !== undefined) await this._start(source);
    } catch (error) {
      this.model.notices.problem(problemOf(error));
    }
  };

  private async _start(source: NamedSource): Promise<void> {
    try {
      await this.model.backups.start(source);
    } catch (error) {
      this.model.notices.problem(problemOf(error));
    }
  }

  static override styles = [
    base,
    flow,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-l);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-backup': HfPageBackup;
  }
}
