/**
 * The queue: sealed backups that wait on this device, in the order in which they go out, and the server's
 * receipts. It needs no keys, so it is here while the vault is locked, too.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { bytesLeft, type OutboxState } from '../../state/outbox-store.ts';
import { formatRoute } from '../../state/routes.ts';
import { Observe } from '../controllers/observe.ts';
import { Task } from '../controllers/task.ts';
import { formatBytes, plural } from '../format.ts';
import { backgroundWords, queueSummary, roomWords, senderWords } from '../queue-words.ts';
import { base, card, flow, pageColumn } from '../styles.ts';
import '../components/hf-empty.ts';
import '../components/hf-problem.ts';
import '../components/hf-queued.ts';
import '../components/hf-receipts.ts';

@customElement('hf-page-queue')
export class HfPageQueue extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _outbox = new Observe(this, () => this.model.outbox.state);

  private readonly _offline = new Observe(this, () => this.model.connection.offline);

  private readonly _session = new Observe(this, () => this.model.session.session);

  private readonly _task = new Task(this);

  override render() {
    const outbox = this._outbox.value;
    return html`
      <header>
        ${this._renderWayBack()}
        <h1 tabindex="-1">Queue</h1>
      </header>
      ${this._renderLocked(outbox)}
      <hf-problem .problem=${this._task.problem}></hf-problem>
      ${outbox.queue.length === 0 ? this._renderNone(outbox) : this._renderQueue(outbox)}
      <hf-receipts .model=${this.model} .receipts=${outbox.receipts}></hf-receipts>
    `;
  }

  private _renderWayBack(): TemplateResult | typeof nothing {
    if (this._session.value.kind === 'signed-in') return nothing;
    return html`<a class="back" href=${formatRoute({ page: 'sign-in' })} data-testid="queue-to-sign-in"
      ><wa-icon name="chevron-left"></wa-icon>Sign in</a
    >`;
  }

  private _renderLocked({ isLocked, queue }: OutboxState): TemplateResult | typeof nothing {
    if (!isLocked || queue.length === 0) return nothing;
    return html`<p class="note small" data-testid="queue-locked">
      <wa-icon name="lock"></wa-icon>
      <span>The vault is locked, so there are no names here. Sending needs no password and goes on.</span>
    </p>`;
  }

  private _renderNone(outbox: OutboxState): TemplateResult {
    return html`<hf-empty
      class="card"
      data-testid="queue-empty"
      icon="queue"
      heading="Nothing waits"
      text="What you back up while the server can’t be reached is sealed, waits here and goes out by itself when it is back."
    >
      ${outbox.isPaused ? this._renderPauseAll(outbox) : nothing}
    </hf-empty>`;
  }

  private _renderQueue(outbox: OutboxState): TemplateResult {
    const { queue } = outbox;
    return html`<section class="card" aria-label="Waiting backups">
        <div class="head">
          <div>
            <h2 data-testid="queue-summary">${queueSummary(queue, bytesLeft(queue))}</h2>
            <p class="quiet small" role="status" data-testid="queue-sender">
              ${senderWords(outbox, this._offline.value)}
            </p>
          </div>
          <div class="row">${this._renderPauseAll(outbox)} ${this._renderForAll(outbox)}</div>
        </div>
        <ol>
          ${repeat(
            queue,
            ({ jobId }) => jobId,
            (queued) =>
              html`<li>
                <hf-queued
                  .model=${this.model}
                  .queued=${queued}
                  .outbox=${outbox}
                  .offline=${this._offline.value}
                ></hf-queued>
              </li>`,
          )}
        </ol>
      </section>
      <section class="card facts small" aria-label="This device">
        <p data-testid="queue-room"><wa-icon name="device"></wa-icon><span>${roomWords(outbox)}</span></p>
        <p data-testid="queue-background" data-sends=${outbox.sendsInBackground ? 'yes' : 'no'}>
          <wa-icon name=${outbox.sendsInBackground ? 'success' : 'info'}></wa-icon
          ><span>${backgroundWords(outbox)}</span>
        </p>
      </section>`;
  }

  private _renderPauseAll({ isPaused }: OutboxState): TemplateResult {
    const { outbox } = this.model;
    return isPaused
      ? this._renderAction('resume-all', 'play', 'Resume all', () => outbox.resume('all'))
      : this._renderAction('pause-all', 'pause', 'Pause all', () => outbox.pause('all'));
  }

  private _renderForAll({ queue }: OutboxState): TemplateResult {
    const failed = queue.filter(({ state }) => state === 'failed').length;
    return html`${
      failed === 0
        ? nothing
        : this._renderAction('retry-all', 'refresh', 'Retry failed', () => this.model.outbox.retry('all'))
    }
    ${
      queue.length < 2
        ? nothing
        : html`<wa-button
            size="s"
            appearance="outlined"
            variant="danger"
            data-testid="cancel-all"
            ?disabled=${this._task.running}
            @click=${this._onCancelAll}
            >Cancel all</wa-button
          >`
    }`;
  }

  private _renderAction(
    testId: string,
    icon: string,
    words: string,
    work: () => Promise<void>,
  ): TemplateResult {
    return html`<wa-button
      size="s"
      appearance="outlined"
      data-testid=${testId}
      ?disabled=${this._task.running}
      @click=${() => {
        void this._task.run(work);
      }}
    >
      <wa-icon slot="start" name=${icon}></wa-icon>${words}
    </wa-button>`;
  }

  private _onCancelAll(): void {
    void this._task.run(async () => {
      const { queue } = this.model.outbox;
      const bytes = queue.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
      const yes = await this.model.notices.ask({
        title: 'Cancel everything that waits?',
        text: `${plural(queue.length, 'backup')} (${formatBytes(bytes)}) leave this device unsent. Your files stay as they are; the next backups read them again.`,
        confirmLabel: 'Cancel all',
        cancelLabel: 'Keep them',
        danger: true,
      });
      if (yes) await this.model.outbox.cancel('all');
    });
  }

  static override styles = [
    base,
    card,
    flow,
    pageColumn,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: var(--hf-space-s);
        margin-block-end: var(--hf-space-s);
      }

      .head p {
        margin-block-start: var(--hf-space-2xs);
      }

      li {
        border-block-start: var(--hf-line);
      }

      li:last-child {
        margin-block-end: calc(-1 * var(--hf-space-m));
      }

      .note,
      .facts p {
        display: flex;
        gap: var(--hf-space-xs);
      }

      .note wa-icon,
      .facts wa-icon {
        flex: none;
        margin-block-start: 0.15em;
        font-size: 1.1rem;
        color: var(--hf-accent);
      }

      .note {
        padding: var(--hf-space-s) var(--hf-space-m);
        background: var(--hf-accent-soft);
        border: 1px solid var(--hf-accent-border);
        border-radius: var(--hf-radius-m);
      }

      .facts {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-s);
        padding-block: var(--hf-space-m);
      }

      [data-sends='yes'] wa-icon {
        color: var(--hf-good);
      }

      [data-sends='no'] wa-icon {
        color: var(--hf-warn);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-page-queue': HfPageQueue;
  }
}
