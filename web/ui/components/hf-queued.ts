/** One sealed backup that waits: what it is, how far it is, what it waits for, and what can be done with it. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import {
  goneWith,
  placeAbove,
  placeBelow,
  type OutboxState,
  type Place,
  type QueuedBackup,
} from '../../state/outbox-store.ts';
import { Task } from '../controllers/task.ts';
import { formatBytes, formatDateTime, formatShort, percentOf } from '../format.ts';
import { cancelWords, queuedName, queuedTitle, seenState, stateWords } from '../queue-words.ts';
import { base, flow } from '../styles.ts';
import './hf-problem.ts';
import './hf-progress.ts';

type State = QueuedBackup['state'];

const ICONS: Readonly<Record<State, string>> = {
  sealing: 'lock',
  waiting: 'clock',
  sending: 'arrow-up',
  paused: 'pause',
  failed: 'error',
  'needs-source': 'warning',
};

const STATE_NAMES: Readonly<Record<State, string>> = {
  sealing: 'Sealing',
  waiting: 'Waiting',
  sending: 'Sending',
  paused: 'Paused',
  failed: 'Failed',
  'needs-source': 'Needs its source',
};

@customElement('hf-queued')
export class HfQueued extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) queued!: QueuedBackup;

  @property({ attribute: false }) outbox!: OutboxState;

  @property({ type: Boolean, attribute: false }) offline = false;

  private readonly _task = new Task(this);

  override render() {
    const { queued } = this;
    const { madeAtMs, sealedBytes } = queued;
    const seen = seenState(queued, this.outbox, this.offline);
    return html`<article
      data-testid="queued"
      data-job=${queued.jobId}
      data-state=${seen}
      aria-label=${queuedTitle(queued)}
    >
      <wa-icon class="sign" name=${ICONS[seen]}></wa-icon>
      <div class="about">
        <h3>${queuedName(queued)}</h3>
        <p class="quiet small number" title=${`Sealed on ${formatDateTime(madeAtMs)}`}>
          ${formatShort(madeAtMs)} <span aria-hidden="true">·</span> ${formatBytes(sealedBytes)}
        </p>
      </div>
      <span class="state small">${STATE_NAMES[seen]}</span>
      ${this._renderProgress(seen)}
      <p class="words small" data-testid="queued-words">${stateWords(queued, this.outbox, this.offline)}</p>
      <div class="row actions">${this._renderMoves()} ${this._renderActions()}</div>
      <hf-problem class="wide" .problem=${this._task.problem ?? queued.problem}></hf-problem>
    </article>`;
  }

  private _renderProgress(seen: State): TemplateResult | typeof nothing {
    const { sentBytes, sealedBytes } = this.queued;
    if (sentBytes === 0 && seen !== 'sending') return nothing;
    return html`<div class="progress">
      <hf-progress
        percent=${percentOf(sentBytes, sealedBytes)}
        label=${`Sent of ${queuedTitle(this.queued)}`}
        tone=${seen === 'sending' ? 'running' : 'held'}
      ></hf-progress>
      <span class="small number" data-testid="queued-sent"
        >${formatBytes(sentBytes)} of ${formatBytes(sealedBytes)}</span
      >
    </div>`;
  }

  private _renderMoves(): TemplateResult | typeof nothing {
    const { queue } = this.outbox;
    if (queue.length < 2) return nothing;
    const { jobId } = this.queued;
    return html`<span class="moves">
      ${this._renderMove('up', 'arrow-up', placeAbove(queue, jobId))}
      ${this._renderMove('down', 'arrow-down', placeBelow(queue, jobId))}
    </span>`;
  }

  private _renderMove(way: 'up' | 'down', icon: string, place: Place | undefined): TemplateResult {
    return html`<wa-button
      size="s"
      appearance="plain"
      data-testid=${`queued-${way}`}
      ?disabled=${place === undefined || this._task.running}
      @click=${() => {
        if (place !== undefined) this._run(() => this.model.outbox.move(this.queued.jobId, place));
      }}
    >
      <wa-icon name=${icon} label=${`Move ${queuedTitle(this.queued)} ${way}`}></wa-icon>
    </wa-button>`;
  }

  private _renderActions(): TemplateResult {
    const { state, jobId } = this.queued;
    const { outbox } = this.model;
    return html`${
        state === 'failed'
          ? this._renderAction('retry', 'refresh', 'Try again', () => outbox.retry(jobId))
          : nothing
      }
      ${
        state === 'paused'
          ? this._renderAction('resume', 'play', 'Resume', () => outbox.resume(jobId))
          : nothing
      }
      ${
        state === 'waiting' || state === 'sending'
          ? this._renderAction('pause', 'pause', 'Pause', () => outbox.pause(jobId))
          : nothing
      }
      <wa-button
        size="s"
        appearance="outlined"
        variant="danger"
        data-testid="queued-cancel"
        aria-label=${`Cancel ${queuedTitle(this.queued)}`}
        ?disabled=${this._task.running}
        @click=${this._onCancel}
        >Cancel</wa-button
      >`;
  }

  private _renderAction(
    name: 'pause' | 'resume' | 'retry',
    icon: string,
    words: string,
    work: () => Promise<void>,
  ): TemplateResult {
    return html`<wa-button
      size="s"
      appearance="outlined"
      data-testid=${`queued-${name}`}
      aria-label=${`${words}: ${queuedTitle(this.queued)}`}
      ?disabled=${this._task.running}
      @click=${() => {
        this._run(work);
      }}
    >
      <wa-icon slot="start" name=${icon}></wa-icon>${words}
    </wa-button>`;
  }

  private _onCancel(): void {
    this._run(async () => {
      const { jobId } = this.queued;
      const yes = await this.model.notices.ask({
        title: 'Cancel this backup?',
        text: cancelWords(goneWith(this.model.outbox.queue, jobId)),
        confirmLabel: 'Cancel the backup',
        cancelLabel: 'Keep it',
        danger: true,
      });
      if (yes) await this.model.outbox.cancel(jobId);
    });
  }

  private _run(work: () => Promise<void>): void {
    void this._task.run(work);
  }

  static override styles = [
    base,
    flow,
    css`
      article {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--hf-space-xs) var(--hf-space-m);
        padding-block: var(--hf-space-m);
      }

      .sign {
        font-size: 1.5rem;
        color: var(--hf-text-faint);
      }

      h3 {
        overflow-wrap: anywhere;
      }

      .state {
        padding: 0.1rem var(--hf-space-s);
        color: var(--hf-text-quiet);
        background: var(--hf-sunken);
        border-radius: var(--hf-radius-full);
        white-space: nowrap;
      }

      [data-state='sending'] .sign {
        color: var(--hf-accent);
      }

      [data-state='sending'] .state {
        color: var(--hf-accent);
        background: var(--hf-accent-soft);
      }

      [data-state='paused'] .sign,
      [data-state='needs-source'] .sign {
        color: var(--hf-warn);
      }

      [data-state='paused'] .state,
      [data-state='needs-source'] .state {
        color: var(--hf-warn);
        background: var(--hf-warn-soft);
      }

      [data-state='failed'] .sign {
        color: var(--hf-bad);
      }

      [data-state='failed'] .state {
        color: var(--hf-bad);
        background: var(--hf-bad-soft);
      }

      .progress {
        grid-column: 2 / -1;
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--hf-space-m);
      }

      .words {
        grid-column: 2;
        color: var(--hf-text-quiet);
      }

      .state {
        justify-self: end;
      }

      .wide {
        grid-column: 2 / -1;
      }

      .actions {
        grid-column: 3;
        flex-wrap: nowrap;
      }

      .moves {
        display: inline-flex;
      }

      .moves wa-icon {
        font-size: 1.1rem;
      }

      @media (max-width: 40rem) {
        article {
          gap: var(--hf-space-xs) var(--hf-space-s);
        }

        .progress,
        .words,
        .wide,
        .actions {
          grid-column: 1 / -1;
        }

        .moves {
          margin-inline: calc(-1 * var(--hf-space-xs)) auto;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-queued': HfQueued;
  }
}
