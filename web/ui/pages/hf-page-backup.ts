/** The backup page: the sources, what else to back up, and the jobs of this visit. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import type { AppModel } from '../../state/app-model.ts';
import type { NamedSource } from '../../state/backups.ts';
import { isOver, type Job } from '../../state/jobs-store.ts';
import { problemOf, type SourceInfo } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { base, flow } from '../styles.ts';
import type { HfDropZone } from '../components/hf-drop-zone.ts';
import type { MatchQuestion } from '../components/hf-source-match.ts';
import '../components/hf-backup-options.ts';
import '../components/hf-drop-zone.ts';
import '../components/hf-how-it-works.ts';
import '../components/hf-job-card.ts';
import '../components/hf-source-list.ts';
import '../components/hf-source-match.ts';

@customElement('hf-page-backup')
export class HfPageBackup extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @query('hf-drop-zone') private readonly _zone!: HfDropZone;

  /** What was picked while a person is asked which source it is. */
  @state() private _asked: { readonly picked: NamedSource; readonly question: MatchQuestion } | undefined;

  private readonly _jobs = new Observe(this, () => this.model.jobs.jobs);

  private readonly _sources = new Observe(this, () => this.model.sources.list);

  /** Opens the folder picker (a keyboard shortcut does). */
  pickFolder(): void {
    this._zone.pickFolder();
  }

  override render() {
    const jobs = this._jobs.value;
    const { kind, sources } = this._sources.value;
    const isFirst = jobs.length === 0 && sources.length === 0;
    return html`
      <h1 tabindex="-1">Backup</h1>
      <hf-drop-zone
        .notices=${this.model.notices}
        ?compact=${!isFirst}
        @hf-source-picked=${this._onPicked}
      ></hf-drop-zone>
      ${this._renderJobs(jobs)}
      <hf-source-list .model=${this.model} @hf-source-repick=${this._onRepick}></hf-source-list>
      <hf-backup-options .model=${this.model}></hf-backup-options>
      ${isFirst && kind !== 'loading' ? html`<hf-how-it-works></hf-how-it-works>` : nothing}
      <hf-source-match
        .question=${this._asked?.question}
        .nowMs=${this.model.nowMs()}
        @hf-source-identified=${this._onIdentified}
        @hf-closed=${this._onNotIdentified}
      ></hf-source-match>
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

  private readonly _onPicked = async (event: HTMLElementEventMap['hf-source-picked']): Promise<void> => {
    const picked = event.detail;
    const identity = await this.model.backups.identify(picked);
    if (identity.kind === 'unsure') {
      const { sourceName: pickedName } = picked;
      const newName = this.model.sources.uniqueName(pickedName);
      this._asked = { picked, question: { pickedName, newName, matches: identity.matches } };
      return;
    }
    await this._start(picked, identity.kind === 'known' ? identity.source : undefined);
  };

  private _onIdentified(event: HTMLElementEventMap['hf-source-identified']): void {
    const asked = this._asked;
    this._asked = undefined;
    if (asked !== undefined) void this._start(asked.picked, event.detail);
  }

  private _onNotIdentified(event: Event): void {
    event.stopPropagation();
    this._asked = undefined;
  }

  /** The picked folder is compared with the sources like any other: a wrong one is noticed. */
  private _onRepick(): void {
    this._zone.pickFolder();
  }

  private async _start(picked: NamedSource, known: SourceInfo | undefined): Promise<void> {
    try {
      await this.model.backups.start(picked, known);
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
