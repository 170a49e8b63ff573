/** One backup or restore: how far it is, how fast, what it waits for, and how it ended. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { isOver, type Job } from '../../state/jobs-store.ts';
import type { Receipt } from '../../state/outbox-store.ts';
import { formatRoute } from '../../state/routes.ts';
import { problemOf, type EngineProblem, type JobProgress, type SnapshotId } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { formatBytes, formatCount, formatDateTime, formatDuration } from '../format.ts';
import { jobPercent } from '../job-numbers.ts';
import { NOUNS, placeWords, sizesWords, speedWords, stopWords, timeLeft } from '../job-words.ts';
import { base, card, flow } from '../styles.ts';
import './hf-problem-list.ts';
import './hf-problem.ts';
import './hf-progress.ts';
import './hf-speed-chart.ts';

@customElement('hf-job-card')
export class HfJobCard extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) job!: Job;

  private readonly _preferences = new Observe(this, () => this.model.preferences.preferences);

  private readonly _outbox = new Observe(this, () => this.model.outbox.state);

  override render() {
    const { progress } = this.job;
    return html`<article class="card" data-testid="job" data-job=${progress.jobId} data-kind=${progress.kind}>
      <div class="head">
        ${this._renderRing(progress)}
        <div class="title">
          <h2>${progress.title}</h2>
          <p class="phase" data-testid="job-phase" data-phase=${progress.phase}>
            ${this._arrived() === undefined ? placeWords(progress) : 'Sent from the queue'}
          </p>
          ${isOver(progress.phase) ? nothing : renderPath(progress)}
        </div>
        <div class="row actions" ?data-over=${isOver(progress.phase)}>
          ${isOver(progress.phase) ? this._renderOver(progress) : this._renderControls(progress)}
        </div>
      </div>
      ${this._renderNumbers(progress)}
      <hf-problem .problem=${shownProblem(progress)}></hf-problem>
      ${this._renderRoom(progress)} ${isOver(progress.phase) ? nothing : this._renderChart()}
      ${this._renderReceipt(progress)}
      <hf-problem-list .problems=${progress.problems} .total=${progress.problemsTotal}></hf-problem-list>
    </article>`;
  }

  private _renderRing(progress: JobProgress): TemplateResult {
    if (isOver(progress.phase)) {
      const outcome = this._arrived() === undefined ? outcomeOf(progress) : 'good';
      return html`<wa-icon class="ended" name=${OUTCOME_ICONS[outcome]} data-outcome=${outcome}></wa-icon>`;
    }
    const percent = jobPercent(progress);
    const held = progress.phase === 'paused' || progress.phase === 'waiting';
    return html`<hf-progress
      shape="ring"
      percent=${percent}
      label=${progress.title}
      tone=${held ? 'held' : 'running'}
    >
      <span data-testid="job-percent">${percent} %</span>
    </hf-progress>`;
  }

  private _renderControls(progress: JobProgress): TemplateResult {
    const paused = progress.phase === 'paused';
    return html`${
        progress.phase === 'committing'
          ? nothing
          : html`<wa-button
              size="s"
              appearance="outlined"
              data-testid=${paused ? 'job-resume' : 'job-pause'}
              @click=${paused ? this._onResume : this._onPause}
            >
              <wa-icon slot="start" name=${paused ? 'play' : 'pause'}></wa-icon>${paused ? 'Resume' : 'Pause'}
            </wa-button>`
      }
      <wa-button
        size="s"
        appearance="outlined"
        variant="danger"
        data-testid="job-stop"
        @click=${this._onStop}
      >
        <wa-icon slot="start" name="stop"></wa-icon>Stop
      </wa-button>`;
  }

  /** The receipt of a backup that waited in the queue and has reached the server since. */
  private _arrived(): Receipt | undefined {
    const { jobId, phase } = this.job.progress;
    if (phase !== 'queued') return undefined;
    return this._outbox.value.receipts.find((receipt) => receipt.jobId === jobId);
  }

  private _receipt(): { readonly snapshotId: SnapshotId; readonly receivedAtMs: number } | undefined {
    return this.job.progress.receipt ?? this._arrived();
  }

  private _renderRoom({ phase, problem }: JobProgress): TemplateResult | typeof nothing {
    if (phase !== 'waiting' || problem?.code !== 'device-full') return nothing;
    return html`<p class="small quiet" data-testid="job-room">
      It goes on by itself once something of <a href=${formatRoute({ page: 'queue' })}>the queue</a> has gone
      out, or you have freed some room on this device.
    </p>`;
  }

  private _renderOver(progress: JobProgress): TemplateResult {
    const receipt = this._receipt();
    return html`${
        progress.phase === 'queued' && receipt === undefined
          ? html`<wa-button
              size="s"
              appearance="outlined"
              data-testid="open-queue"
              href=${formatRoute({ page: 'queue' })}
              >Open the queue</wa-button
            >`
          : nothing
      }
      ${
        receipt === undefined
          ? nothing
          : html`<wa-button
              size="s"
              appearance="outlined"
              data-testid="open-snapshot"
              href=${formatRoute({ page: 'snapshot', snapshotId: receipt.snapshotId, path: [] })}
              >Open snapshot</wa-button
            >`
      }
      <wa-button size="s" appearance="plain" data-testid="job-dismiss" @click=${this._onDismiss}>
        <wa-icon name="xmark" label="Close"></wa-icon>
      </wa-button>`;
  }

  private _renderNumbers(progress: JobProgress): TemplateResult {
    const elapsedMs = (progress.endedAtMs ?? this.model.nowMs()) - progress.startedAtMs;
    const running = !isOver(progress.phase);
    return html`<dl ?data-over=${!running}>
      ${number('Files', `${formatCount(progress.filesDone)} of ${formatCount(progress.filesTotal)}`, 'job-files')}
      ${number('Size', `${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}`, 'job-bytes')}
      ${renderTransferred(progress)} ${running ? number('Speed', speedWords(progress), 'job-speed') : nothing}
      ${running ? number('Time left', timeLeft(progress), 'job-time-left') : nothing}
      ${number(running ? 'Elapsed' : 'Took', formatDuration(elapsedMs / 1000), 'job-elapsed')}
    </dl>`;
  }

  private _renderChart(): TemplateResult {
    const shown = this._preferences.value.chartShown;
    return html`<div class="chart">
      <wa-button
        size="xs"
        appearance="plain"
        data-testid="toggle-chart"
        aria-expanded=${shown ? 'true' : 'false'}
        @click=${this._onToggleChart}
      >
        <wa-icon slot="start" name="chart"></wa-icon
        >${shown ? 'Hide the speed chart' : 'Show the speed chart'}
      </wa-button>
      ${shown ? html`<hf-speed-chart .samples=${this.job.speeds}></hf-speed-chart>` : nothing}
    </div>`;
  }

  private _renderReceipt({ sizes }: JobProgress): TemplateResult | typeof nothing {
    const receipt = this._receipt();
    if (receipt === undefined) return nothing;
    return html`<p class="receipt small" data-testid="job-receipt" data-snapshot=${receipt.snapshotId}>
      <wa-icon name="shield"></wa-icon>
      <span>
        The server has stored all of it: receipt of ${formatDateTime(receipt.receivedAtMs)}, snapshot
        <code>${receipt.snapshotId.slice(0, 12)}</code>. ${sizesWords(sizes)}
      </span>
    </p>`;
  }

  private _onPause(): void {
    this._act(() => this.model.jobs.pause(this.job.progress.jobId));
  }

  private _onResume(): void {
    this._act(() => this.model.jobs.resume(this.job.progress.jobId));
  }

  private _onStop(): void {
    this._act(async () => {
      const { jobId, kind, title } = this.job.progress;
      const question = {
        title: `Stop this ${NOUNS[kind]}?`,
        text: stopWords(kind, title),
        confirmLabel: 'Stop',
        cancelLabel: 'Keep going',
        danger: true,
      };
      const answer = await this.model.notices.choose(
        kind === 'backup' ? { ...question, otherLabel: 'Discard' } : question,
      );
      if (answer !== 'no') await this.model.jobs.cancel(jobId, { discard: answer === 'other' });
    });
  }

  private _onDismiss(): void {
    this.model.jobs.dismiss(this.job.progress.jobId);
  }

  private _onToggleChart(): void {
    this.model.preferences.change({ chartShown: !this._preferences.value.chartShown });
  }

  private _act(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.model.notices.problem(problemOf(error));
    });
  }

  static override styles = [
    base,
    card,
    flow,
    css`
      article {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-m);
      }

      .head {
        display: flex;
        align-items: center;
        gap: var(--hf-space-m);
      }

      hf-progress {
        flex: none;
      }

      .ended {
        flex: none;
        font-size: 2.25rem;
        color: var(--hf-text-quiet);
      }

      .ended[data-outcome='good'] {
        color: var(--hf-good);
      }

      .ended[data-outcome='queued'] {
        color: var(--hf-accent);
      }

      .ended[data-outcome='partial'] {
        color: var(--hf-warn);
      }

      .ended[data-outcome='failed'] {
        color: var(--hf-bad);
      }

      .title {
        flex: 1;
        min-inline-size: 0;
      }

      h2 {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .phase {
        color: var(--hf-text-quiet);
      }

      .path {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        min-block-size: 1.5em;
      }

      dl {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: var(--hf-space-s) var(--hf-space-m);
      }

      dl[data-over] {
        grid-template-columns: repeat(4, minmax(0, 1fr));
      }

      dt {
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      dd {
        font-weight: var(--hf-weight-medium);
        font-variant-numeric: tabular-nums;
      }

      .chart wa-button {
        margin-inline-start: calc(-1 * var(--hf-space-xs));
      }

      .receipt {
        display: flex;
        gap: var(--hf-space-xs);
        color: var(--hf-text-quiet);
      }

      .receipt wa-icon {
        margin-block-start: 0.25em;
        color: var(--hf-good);
      }

      code {
        font-family: var(--hf-font-mono);
      }

      @media (max-width: 40rem) {
        .head {
          flex-wrap: wrap;
        }

        .title {
          flex-basis: 9rem;
        }

        .actions:not([data-over]) {
          flex-basis: 100%;
        }

        dl,
        dl[data-over] {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
    `,
  ];
}

/** Whatever a job waits for, it goes on by itself then: no reason for alarm. */
function shownProblem({ phase, problem }: JobProgress): EngineProblem | undefined {
  return phase === 'waiting' && problem !== undefined ? { ...problem, action: 'retry' } : problem;
}

function renderPath({ currentPath = '' }: JobProgress): TemplateResult {
  return html`<p class="path quiet small" title=${currentPath}>${currentPath}</p>`;
}

function number(label: string, value: string, testId: string): TemplateResult {
  return html`<div>
    <dt>${label}</dt>
    <dd data-testid=${testId}>${value}</dd>
  </div>`;
}

/** What went out or came in; of a backup that is queued nothing has yet. */
function renderTransferred({ kind, phase, sizes, bytesTransferred }: JobProgress): TemplateResult {
  const [label, bytes] =
    phase === 'queued' && sizes !== undefined
      ? ['Sealed', sizes.storedBytes]
      : [kind === 'backup' ? 'Sent' : 'Received', bytesTransferred];
  return number(label, formatBytes(bytes), 'job-transferred');
}

type Outcome = 'good' | 'partial' | 'queued' | 'stopped' | 'failed';

const OUTCOME_ICONS: Readonly<Record<Outcome, string>> = {
  good: 'success',
  partial: 'warning',
  queued: 'queue',
  stopped: 'circle-xmark',
  failed: 'error',
};

function outcomeOf({ phase, problemsTotal }: JobProgress): Outcome {
  if (phase === 'failed' || phase === 'queued') return phase;
  if (phase !== 'done') return 'stopped';
  return problemsTotal === 0 ? 'good' : 'partial';
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-job-card': HfJobCard;
  }
}
