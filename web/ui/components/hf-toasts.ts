/** Short messages at the edge of the screen. Errors stay until closed; others leave by themselves. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import type { Toast, Tone } from '../../state/notices.ts';
import { Observe } from '../controllers/observe.ts';
import { base } from '../styles.ts';

const SHOWN_MS = 6_000;

const ICONS: Readonly<Record<Tone, string>> = {
  info: 'info',
  success: 'success',
  warning: 'warning',
  danger: 'error',
};

@customElement('hf-toasts')
export class HfToasts extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  private readonly _timed = new Set<number>();

  private readonly _toasts = new Observe(
    this,
    () => this.model.notices.toasts,
    (toasts) => {
      this._time(toasts);
    },
  );

  override render() {
    return html`<div class="list" role="log" aria-label="Messages">
      ${repeat(
        this._toasts.value,
        ({ id }) => id,
        (toast) => this._renderToast(toast),
      )}
    </div>`;
  }

  private _renderToast(toast: Toast): TemplateResult {
    return html`<div
      class="toast"
      data-tone=${toast.tone}
      data-testid="toast"
      role=${toast.tone === 'danger' ? 'alert' : nothing}
    >
      <wa-icon name=${ICONS[toast.tone]}></wa-icon>
      <div class="words">
        <p>${toast.text}</p>
        ${toast.detail === undefined ? nothing : html`<p class="detail">${toast.detail}</p>`}
      </div>
      ${
        toast.actionLabel === undefined
          ? nothing
          : html`<wa-button
              size="xs"
              appearance="outlined"
              data-testid="toast-action"
              @click=${() => {
                this.model.notices.dismiss(toast.id);
                toast.onAction?.();
              }}
              >${toast.actionLabel}</wa-button
            >`
      }
      <wa-button
        size="xs"
        appearance="plain"
        @click=${() => {
          this.model.notices.dismiss(toast.id);
        }}
        ><wa-icon name="xmark" label="Close"></wa-icon
      ></wa-button>
    </div>`;
  }

  private _time(toasts: readonly Toast[]): void {
    for (const { id, sticky } of toasts) {
      if (sticky || this._timed.has(id)) continue;
      this._timed.add(id);
      setTimeout(() => {
        this.model.notices.dismiss(id);
      }, SHOWN_MS);
    }
  }

  static override styles = [
    base,
    css`
      .list {
        position: fixed;
        inset-block-end: var(--hf-space-l);
        inset-inline-end: var(--hf-space-l);
        z-index: 20;
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-xs);
        inline-size: min(24rem, calc(100vw - 2 * var(--hf-space-m)));
      }

      .toast {
        display: flex;
        align-items: flex-start;
        gap: var(--hf-space-s);
        padding: var(--hf-space-s) var(--hf-space-xs) var(--hf-space-s) var(--hf-space-m);
        background: var(--hf-raised);
        border: var(--hf-line);
        border-inline-start: 3px solid var(--hf-accent);
        border-radius: var(--hf-radius-m);
        box-shadow: var(--hf-shadow-raised);
        font-size: var(--hf-text-s);
        animation: arrive var(--hf-calm) var(--hf-ease);
      }

      .words {
        flex: 1;
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }

      .detail {
        color: var(--hf-text-quiet);
        font-size: var(--hf-text-2xs);
        font-family: var(--hf-font-mono);
      }

      .toast > wa-icon {
        flex: none;
        font-size: 1.2rem;
        color: var(--hf-accent);
      }

      [data-tone='success'] {
        border-inline-start-color: var(--hf-good);
      }

      [data-tone='success'] > wa-icon {
        color: var(--hf-good);
      }

      [data-tone='warning'] {
        border-inline-start-color: var(--hf-warn);
      }

      [data-tone='warning'] > wa-icon {
        color: var(--hf-warn);
      }

      [data-tone='danger'] {
        border-inline-start-color: var(--hf-bad);
      }

      [data-tone='danger'] > wa-icon {
        color: var(--hf-bad);
      }

      @keyframes arrive {
        from {
          opacity: 0;
          translate: 0 0.5rem;
        }
      }

      @media (max-width: 56rem) {
        .list {
          inset-block-end: calc(var(--hf-bottom-nav-height) + var(--hf-space-s));
          inset-inline-end: var(--hf-space-m);
        }
      }

      @media print {
        :host {
          display: none;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-toasts': HfToasts;
  }
}
