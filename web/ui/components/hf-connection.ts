/** The connection in the header: state, latency and how good it is; the details on demand. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/popover/popover.js';
import type { AppModel } from '../../state/app-model.ts';
import { qualityOf, type Quality } from '../../state/connection-store.ts';
import { bytesLeft, type OutboxState } from '../../state/outbox-store.ts';
import { problemOf, type ConnectionState, type ServerStatus } from '../../state/types.ts';
import { Observe } from '../controllers/observe.ts';
import { formatBytes, formatClock, formatDuration, plural } from '../format.ts';
import { base } from '../styles.ts';

type Fact = readonly [label: string, value: string];

type Online = Extract<ConnectionState, { kind: 'online' }>;

const QUALITY_WORDS: Readonly<Record<Quality, string>> = { good: 'Good', fair: 'Fair', slow: 'Slow' };

@customElement('hf-connection')
export class HfConnection extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _status: ServerStatus | undefined;

  @state() private _statusWords = '';

  private readonly _state = new Observe(this, () => this.model.connection.state);

  private readonly _outbox = new Observe(this, () => this.model.outbox.state);

  override render() {
    const connection = this._state.value;
    const quality = qualityFor(connection);
    return html`<button
        id="badge"
        type="button"
        data-testid="connection-state"
        data-kind=${connection.kind}
        data-code=${codeOf(connection) ?? nothing}
        data-quality=${quality ?? nothing}
        aria-haspopup="dialog"
      >
        <span class="dot"></span>
        <span class="words">${stateWords(connection)}</span>${this._renderWaiting(connection)}
        ${quality === undefined ? nothing : html`<span class="quality">${QUALITY_WORDS[quality]}</span>`}
        <span class="unseen">, connection details</span>
      </button>
      <wa-popover for="badge" placement="bottom-end" distance="8" @wa-show=${this._onShow}>
        <div class="details" data-testid="connection-details">
          <h2>Connection</h2>
          <dl>${this._renderFacts(connection)}</dl>
        </div>
      </wa-popover>`;
  }

  /** While nothing goes out, how much waits for that. */
  private _renderWaiting({ kind }: ConnectionState): TemplateResult | typeof nothing {
    const count = this._outbox.value.queue.length;
    if (kind === 'online' || count === 0) return nothing;
    return html`<span class="waiting number" data-testid="connection-queue"
      >${count}<span class="longer"> waiting</span></span
    >`;
  }

  private _renderFacts(connection: ConnectionState): TemplateResult {
    const state = connection.kind === 'online' ? this._onlineFacts(connection) : offlineFacts(connection);
    const facts = [...state, ...queueFacts(this._outbox.value)];
    return html`${facts.map(
      ([label, value]) =>
        html`<dt>${label}</dt>
          <dd>${value}</dd>`,
    )}`;
  }

  private _onlineFacts({ latencyMs, serverVersion, sinceMs }: Online): readonly Fact[] {
    const uptime =
      this._status === undefined ? this._statusWords : formatDuration(this._status.uptimeMs / 1000);
    return [
      ['Status', 'Connected'],
      ['Latency', latencyMs === undefined ? 'measuring' : `${Math.round(latencyMs)} ms`],
      ['Connected for', formatDuration((this.model.nowMs() - sinceMs) / 1000)],
      ['Server version', serverVersion],
      ['Server is up for', uptime],
    ];
  }

  private readonly _onShow = async (): Promise<void> => {
    if (this._state.value.kind !== 'online') return;
    this._statusWords = this.model.session.isSignedIn ? 'asking' : 'told after sign-in';
    if (!this.model.session.isSignedIn) return;
    try {
      this._status = await this.model.connection.serverStatus();
    } catch (error) {
      this._status = undefined;
      this._statusWords = problemOf(error).words;
    }
  };

  static override styles = [
    base,
    css`
      button {
        display: inline-flex;
        align-items: center;
        gap: var(--hf-space-xs);
        min-block-size: 2.25rem;
        padding: 0 var(--hf-space-s);
        font: inherit;
        font-size: var(--hf-text-s);
        color: var(--hf-text-quiet);
        background: none;
        border: var(--hf-line);
        border-radius: var(--hf-radius-full);
        cursor: pointer;
      }

      button:hover {
        background: var(--hf-hover);
      }

      button:focus-visible {
        border-radius: var(--hf-radius-full);
      }

      .dot {
        inline-size: 0.55rem;
        block-size: 0.55rem;
        border-radius: 50%;
        background: var(--hf-text-faint);
      }

      [data-kind='online'] .dot {
        background: var(--hf-good);
      }

      [data-kind='connecting'] .dot {
        background: var(--hf-warn);
      }

      [data-kind='offline'] .dot {
        background: var(--hf-bad);
      }

      .quality {
        padding: 0 var(--hf-space-xs);
        font-size: var(--hf-text-2xs);
        font-weight: var(--hf-weight-medium);
        border-radius: var(--hf-radius-full);
        color: var(--hf-good);
        background: var(--hf-good-soft);
      }

      .waiting {
        padding: 0 var(--hf-space-xs);
        font-size: var(--hf-text-2xs);
        font-weight: var(--hf-weight-medium);
        color: var(--hf-warn);
        background: var(--hf-warn-soft);
        border-radius: var(--hf-radius-full);
      }

      [data-quality='fair'] .quality {
        color: var(--hf-warn);
        background: var(--hf-warn-soft);
      }

      [data-quality='slow'] .quality {
        color: var(--hf-bad);
        background: var(--hf-bad-soft);
      }

      wa-popover {
        --max-width: 20rem;
      }

      h2 {
        font-size: var(--hf-text-m);
        margin-block-end: var(--hf-space-xs);
      }

      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: var(--hf-space-2xs) var(--hf-space-m);
        font-size: var(--hf-text-s);
      }

      dt {
        color: var(--hf-text-quiet);
      }

      dd {
        font-variant-numeric: tabular-nums;
      }

      @media (max-width: 40rem) {
        .quality,
        .longer {
          display: none;
        }

        button {
          padding: 0 var(--hf-space-xs);
        }
      }
    `,
  ];
}

function offlineFacts(connection: Exclude<ConnectionState, Online>): readonly Fact[] {
  const facts: Fact[] = [['Status', stateWords(connection)]];
  if (connection.kind === 'connecting') return facts;
  if (connection.problem !== undefined) facts.push(['Why', connection.problem.words]);
  if (connection.nextTryAtMs !== undefined) facts.push(['Next try', formatClock(connection.nextTryAtMs)]);
  return facts;
}

function queueFacts({ queue }: OutboxState): readonly Fact[] {
  if (queue.length === 0) return [];
  return [['Queue', `${plural(queue.length, 'backup')}, ${formatBytes(bytesLeft(queue))} to send`]];
}

function qualityFor(connection: ConnectionState): Quality | undefined {
  return connection.kind === 'online' && connection.latencyMs !== undefined
    ? qualityOf(connection.latencyMs)
    : undefined;
}

function codeOf(connection: ConnectionState): string | undefined {
  return connection.kind === 'offline' ? connection.problem?.code : undefined;
}

function stateWords(connection: ConnectionState): string {
  if (connection.kind === 'connecting') return 'Connecting';
  if (connection.kind === 'offline') return codeOf(connection) === 'stalled' ? 'Not answering' : 'Offline';
  return connection.latencyMs === undefined ? 'Online' : `${Math.round(connection.latencyMs)} ms`;
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-connection': HfConnection;
  }
}
