/** The app's pages: a rail at the side, a bar at the bottom of a phone. */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import { formatRoute, type PageName } from '../../state/routes.ts';
import { plural } from '../format.ts';
import { base } from '../styles.ts';

type PlainPage = 'backup' | 'queue' | 'snapshots' | 'settings' | 'log' | 'search';

/** Pages that are reached from another one, which stays marked. */
const BELOW: Partial<Readonly<Record<PageName, PlainPage>>> = {
  snapshot: 'snapshots',
  compare: 'snapshots',
  versions: 'snapshots',
  trash: 'snapshots',
  check: 'settings',
};

const PAGES: readonly (readonly [PlainPage, string, string])[] = [
  ['backup', 'Backup', 'backup'],
  ['queue', 'Queue', 'queue'],
  ['snapshots', 'History', 'history'],
  ['search', 'Search', 'search'],
  ['settings', 'Settings', 'settings'],
  ['log', 'Log', 'log'],
];

@customElement('hf-nav')
export class HfNav extends LitElement {
  @property() page: PageName = 'backup';

  /** How many backups wait in the queue. */
  @property({ type: Number, attribute: false }) waiting = 0;

  override render() {
    const current = BELOW[this.page] ?? this.page;
    return html`<nav aria-label="Pages">
      ${PAGES.map(
        ([page, label, icon]) =>
          html`<a
            href=${formatRoute(page === 'search' ? { page, text: '' } : { page })}
            aria-current=${page === current ? 'page' : nothing}
            data-testid=${`nav-${page}`}
          >
            <wa-icon name=${icon}></wa-icon>${label}${page === 'queue' ? this._renderCount() : nothing}
          </a>`,
      )}
    </nav>`;
  }

  private _renderCount() {
    if (this.waiting === 0) return nothing;
    return html`<span class="count number" data-testid="nav-queue-count" aria-hidden="true"
        >${this.waiting > 99 ? '99+' : this.waiting}</span
      ><span class="unseen">, ${plural(this.waiting, 'backup')} waiting</span>`;
  }

  static override styles = [
    base,
    css`
      nav {
        position: sticky;
        inset-block-start: calc(var(--hf-header-height) + var(--hf-space-l));
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-2xs);
      }

      a {
        display: flex;
        align-items: center;
        gap: var(--hf-space-s);
        min-block-size: var(--hf-touch);
        padding-inline: var(--hf-space-s);
        font-weight: var(--hf-weight-medium);
        color: var(--hf-text-quiet);
        text-decoration: none;
        border-radius: var(--hf-radius-m);
      }

      a:hover {
        color: var(--hf-text);
        background: var(--hf-hover);
      }

      a[aria-current] {
        color: var(--hf-accent);
        background: var(--hf-accent-soft);
      }

      wa-icon {
        font-size: 1.25rem;
      }

      .count {
        min-inline-size: 1.4rem;
        margin-inline-start: auto;
        padding-inline: var(--hf-space-2xs);
        font-size: var(--hf-text-2xs);
        font-weight: var(--hf-weight-bold);
        line-height: 1.4rem;
        text-align: center;
        color: var(--hf-text-on-accent);
        background: var(--hf-accent);
        border-radius: var(--hf-radius-full);
      }

      @media (max-width: 56rem) {
        :host {
          position: fixed;
          inset-inline: 0;
          inset-block-end: 0;
          z-index: 10;
          background: var(--hf-surface);
          border-block-start: var(--hf-line);
          padding-block-end: env(safe-area-inset-bottom);
        }

        nav {
          position: static;
          display: grid;
          grid-template-columns: repeat(6, 1fr);
          gap: 0;
        }

        a {
          position: relative;
          flex-direction: column;
          justify-content: center;
          gap: 0.15rem;
          block-size: var(--hf-bottom-nav-height);
          padding: 0;
          font-size: var(--hf-text-2xs);
          border-radius: 0;
        }

        .count {
          position: absolute;
          inset-block-start: 0.2rem;
          inset-inline-start: calc(50% + 0.6rem);
          min-inline-size: 1.1rem;
          line-height: 1.1rem;
        }

        a[aria-current] {
          background: none;
          box-shadow: inset 0 2px 0 var(--hf-accent);
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
    'hf-nav': HfNav;
  }
}
