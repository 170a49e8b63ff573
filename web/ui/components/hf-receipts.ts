/** The server's receipts that this device keeps: what arrived, when by the server's clock, and how it went out. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import type { Receipt } from '../../state/outbox-store.ts';
import { formatRoute } from '../../state/routes.ts';
import { Task } from '../controllers/task.ts';
import { formatBytes, formatDateTime, formatShort, plural } from '../format.ts';
import { queuedName } from '../queue-words.ts';
import { base, card, flow } from '../styles.ts';
import './hf-problem.ts';

const SHOWN_FIRST = 20;

@customElement('hf-receipts')
export class HfReceipts extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) receipts: readonly Receipt[] = [];

  @state() private _all = false;

  private readonly _task = new Task(this);

  override willUpdate(): void {
    this.hidden = this.receipts.length === 0;
  }

  override render() {
    if (this.receipts.length === 0) return nothing;
    const shown = this._all ? this.receipts : this.receipts.slice(0, SHOWN_FIRST);
    return html`<section class="card" aria-label="Receipts">
      <div class="row spread">
        <h2>Receipts</h2>
        <wa-button
          size="s"
          appearance="outlined"
          data-testid="clear-receipts"
          ?loading=${this._task.running}
          @click=${this._onClear}
          >Clear</wa-button
        >
      </div>
      <p class="quiet small">The server has stored all of it, at the time that its clock showed.</p>
      <hf-problem .problem=${this._task.problem}></hf-problem>
      <ul>
        ${repeat(
          shown,
          ({ jobId }) => jobId,
          (receipt) => this._renderReceipt(receipt),
        )}
      </ul>
      ${
        shown.length === this.receipts.length
          ? nothing
          : html`<wa-button size="s" appearance="plain" data-testid="all-receipts" @click=${this._onAll}
              >Show all ${this.receipts.length}</wa-button
            >`
      }
    </section>`;
  }

  private _renderReceipt(receipt: Receipt): TemplateResult {
    const { receivedAtMs, madeAtMs, sentBytes, wasQueued } = receipt;
    return html`<li data-testid="receipt" data-queued=${wasQueued ? 'yes' : 'no'}>
      <wa-icon name="shield"></wa-icon>
      <div class="about">
        ${this._renderName(receipt)}
        <span class="quiet small number">Backed up ${formatShort(madeAtMs)}</span>
      </div>
      <span class="when small number">${formatDateTime(receivedAtMs)}</span>
      <span class="size small number">${formatBytes(sentBytes)}</span>
      <span class="how small">${wasQueued ? 'Queued' : 'Direct'}</span>
    </li>`;
  }

  private _renderName(receipt: Receipt): TemplateResult {
    const name = queuedName(receipt);
    if (!this.model.session.isSignedIn) return html`<strong>${name}</strong>`;
    return html`<a href=${formatRoute({ page: 'snapshot', snapshotId: receipt.snapshotId, path: [] })}
      ><strong>${name}</strong></a
    >`;
  }

  private _onAll(): void {
    this._all = true;
  }

  private _onClear(): void {
    void this._task.run(async () => {
      const yes = await this.model.notices.ask({
        title: 'Clear the receipts?',
        text: `${plural(this.receipts.length, 'receipt')} on this device ${
          this.receipts.length === 1 ? 'goes' : 'go'
        }. What they stand for stays on the server.`,
        confirmLabel: 'Clear',
      });
      if (yes) await this.model.outbox.clearReceipts();
    });
  }

  static override styles = [
    base,
    card,
    flow,
    css`
      ul {
        margin-block-start: var(--hf-space-s);
      }

      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) 10rem 5.5rem 4.5rem;
        align-items: center;
        gap: var(--hf-space-2xs) var(--hf-space-m);
        padding-block: var(--hf-space-s);
        border-block-start: var(--hf-line);
      }

      li wa-icon {
        font-size: 1.2rem;
        color: var(--hf-good);
      }

      .about {
        display: flex;
        flex-direction: column;
        overflow-wrap: anywhere;
      }

      a {
        color: inherit;
        text-decoration: none;
      }

      a:hover strong {
        color: var(--hf-accent);
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }

      .size,
      .how {
        text-align: end;
        color: var(--hf-text-quiet);
      }

      @media (max-width: 40rem) {
        li {
          grid-template-columns: auto minmax(0, 1fr) auto;
        }

        .when {
          grid-area: 2 / 2;
        }

        .size {
          grid-area: 1 / 3;
        }

        .how {
          grid-area: 2 / 3;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-receipts': HfReceipts;
  }
}
