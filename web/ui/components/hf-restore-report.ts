/** A restore in the dialog that began it: progress, then what became of each file. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { isOver, type Job } from '../../state/jobs-store.ts';
import { phaseWords } from '../../state/phase-words.ts';
import { problemOf, type JobProgress } from '../../state/types.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../format.ts';
import { base, flow } from '../styles.ts';
import { jobPercent } from '../job-numbers.ts';
import './hf-problem-list.ts';
import './hf-problem.ts';
import './hf-progress.ts';

@customElement('hf-restore-report')
export class HfRestoreReport extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) job!: Job;

  override render() {
    const { progress } = this.job;
    return html`<div class="stack" data-testid="restore-progress">
      ${isOver(progress.phase) ? this._renderReport(progress) : this._renderProgress(progress)}
      <hf-problem .problem=${progress.problem}></hf-problem>
      <hf-problem-list .problems=${progress.problems} .total=${progress.problemsTotal} open></hf-problem-list>
    </div>`;
  }

  private _renderProgress(progress: JobProgress): TemplateResult {
    const percent = jobPercent(progress);
    return html`<p data-testid="restore-phase" data-phase=${progress.phase}>${phaseWords(progress.phase)}</p>
      <hf-progress percent=${percent} label="Restored"></hf-progress>
      <p class="row spread small quiet number">
        <span>${formatCount(progress.filesDone)} of ${plural(progress.filesTotal, 'file')}</span>
        <span>${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}</span>
        <span>${timeLeft(progress)}</span>
      </p>
      <p class="path small quiet">${progress.currentPath ?? ''}</p>
      <div class="row">
        <wa-button
          size="s"
          appearance="outlined"
          variant="danger"
          data-testid="restore-stop"
          @click=${this._onStop}
          >Stop</wa-button
        >
      </div>`;
  }

  private _renderReport(progress: JobProgress): TemplateResult {
    const outcome = outcomeOf(progress);
    return html`<div
      class="report"
      data-testid="restore-report"
      data-phase=${progress.phase}
      data-files=${progress.filesDone}
    >
      <wa-icon name=${ICONS[outcome]} data-outcome=${outcome}></wa-icon>
      <div>
        <h3>${reportTitle(progress)}</h3>
        <p class="quiet number">
          ${plural(progress.filesDone, 'file')}, ${formatBytes(progress.bytesDone)}${tookWords(progress)}
        </p>
        ${
          progress.phase === 'done' && progress.problemsTotal === 0
            ? html`<p class="quiet small">Every byte was checked against what was backed up.</p>`
            : nothing
        }
      </div>
    </div>`;
  }

  private _onStop(): void {
    this.model.jobs.cancel(this.job.progress.jobId).catch((error: unknown) => {
      this.model.notices.problem(problemOf(error));
    });
  }

  static override styles = [
    base,
    flow,
    css`
      .path {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        min-block-size: 1.5em;
      }

      .report {
        display: flex;
        gap: var(--hf-space-m);
        align-items: flex-start;
      }

      .report wa-icon {
        font-size: 2.25rem;
        color: var(--hf-bad);
      }

      .report [data-outcome='good'] {
        color: var(--hf-good);
      }

      .report [data-outcome='partial'] {
        color: var(--hf-warn);
      }
    `,
  ];
}

type Outcome = 'good' | 'partial' | 'bad';

const ICONS: Readonly<Record<Outcome, string>> = { good: 'success', partial: 'warning', bad: 'error' };

function outcomeOf({ phase, problemsTotal }: JobProgress): Outcome {
  if (phase !== 'done') return 'bad';
  return problemsTotal === 0 ? 'good' : 'partial';
}

function timeLeft({ secondsLeft }: JobProgress): string {
  return secondsLeft === undefined ? '' : `about ${formatDuration(secondsLeft)} left`;
}

function tookWords({ startedAtMs, endedAtMs }: JobProgress): string {
  return endedAtMs === undefined ? '' : `, in ${formatDuration((endedAtMs - startedAtMs) / 1000)}`;
}

function reportTitle({ phase, problemsTotal }: JobProgress): string {
  if (phase === 'cancelled') return 'Stopped before the end';
  if (phase === 'failed') return 'The restore failed';
  return problemsTotal === 0 ? 'Restored' : 'Restored, with problems';
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-restore-report': HfRestoreReport;
  }
}
