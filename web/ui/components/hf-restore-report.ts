/** A restore in the dialog that began it: progress, then what became of each file. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { isOver, type Job } from '../../state/jobs-store.ts';
import { phaseWords } from '../../state/phase-words.ts';
import { problemOf, type JobProgress, type RestoreReport } from '../../state/types.ts';
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
        ${progress.report === undefined ? nothing : renderReport(progress.report)}
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

      dl {
        display: flex;
        flex-direction: column;
        margin-block: var(--hf-space-xs);
        font-size: var(--hf-text-s);
      }

      dl div {
        display: flex;
        justify-content: space-between;
        gap: var(--hf-space-l);
        padding-block: var(--hf-space-2xs);
        border-block-end: var(--hf-line);
      }

      dt {
        color: var(--hf-text-quiet);
      }

      .report > div {
        flex: 1;
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

/** What became of the files, as far as it is worth a line. */
function renderReport(report: RestoreReport): TemplateResult {
  const lines = REPORT_LINES.filter(([count]) => report[count] > 0);
  return html`<dl data-testid="report-lines">
    ${lines.map(
      ([count, words]) =>
        html`<div>
          <dt>${words}</dt>
          <dd class="number" data-testid=${`report-${count}`}>${formatCount(report[count])}</dd>
        </div>`,
    )}
  </dl>`;
}

type Counted = Exclude<keyof RestoreReport, 'verifiedBytes'>;

const REPORT_LINES: readonly (readonly [Counted, string])[] = [
  ['written', 'Written and verified'],
  ['resumed', 'There already, exactly as backed up'],
  ['keptBoth', 'Written beside another file'],
  ['replaced', 'Replaced'],
  ['skipped', 'Left as they were'],
  ['failed', 'Could not be restored'],
];

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
