/**
 * The shell around every page: shows the page that the address and the session call for, moves the
 * focus when it changes, and holds what is there on all pages.
 */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import type { AppModel } from '../state/app-model.ts';
import { isOpenPage, isPublicPage, type Route } from '../state/routes.ts';
import type { Session } from '../state/session-store.ts';
import { Observe } from './controllers/observe.ts';
import { Shortcuts } from './controllers/shortcuts.ts';
import { jobPercent } from './job-numbers.ts';
import { PAGES } from './pages.ts';
import { renderPage } from './render-page.ts';
import { base } from './styles.ts';
import './components/hf-announcer.ts';
import './components/hf-banners.ts';
import './components/hf-confirm-dialog.ts';
import './components/hf-empty.ts';
import './components/hf-header.ts';
import './components/hf-help-dialog.ts';
import './components/hf-nav.ts';
import './components/hf-problem.ts';
import './components/hf-toasts.ts';

@customElement('hf-app')
export class HfApp extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @state() private _helpOpen = false;

  /** The page whose element is loaded; what is shown lags behind the address until it is. */
  @state() private _shown: Route | undefined;

  /** The page that is being loaded, or could not be: it is not tried again until another one is wanted. */
  private _loading: Route | undefined;

  private _before: Session['kind'] = 'starting';

  @query('main') private readonly _main!: HTMLElement;

  private readonly _route = new Observe(this, () => this.model.router.route);

  private readonly _session = new Observe(
    this,
    () => this.model.session.session,
    (session) => {
      this._leaveWrongPage(session);
    },
  );

  private readonly _outbox = new Observe(this, () => this.model.outbox.state);

  constructor() {
    super();
    new Observe(this, () => this.model.jobs.jobs);
    new Shortcuts(this, () => this.model, {
      help: () => {
        this._helpOpen = true;
      },
      page: () => this.renderRoot.querySelector('.page > *'),
    });
  }

  override willUpdate(): void {
    const wanted = this._wanted(this._session.value);
    if (wanted !== undefined && wanted !== this._shown && wanted !== this._loading) void this._show(wanted);
  }

  override updated(changed: Map<PropertyKey, unknown>): void {
    this._setTitle(PAGES[this._shown?.page ?? 'unknown'].title);
    if (changed.has('_shown')) void this._pageChanged(changed.get('_shown') as Route | undefined);
  }

  override render() {
    const signedIn = this._session.value.kind === 'signed-in';
    return html`
      <button class="skip" type="button" @click=${this._onSkip}>Skip to the content</button>
      <hf-header .model=${this.model}></hf-header>
      <hf-banners .model=${this.model}></hf-banners>
      <div class="frame" ?data-with-nav=${signedIn}>
        ${signedIn ? html`<hf-nav page=${this._shown?.page ?? 'backup'} .waiting=${this._outbox.value.queue.length}></hf-nav>` : nothing}
        <main tabindex="-1"><div class="page">${this._renderPage(this._session.value)}</div></main>
      </div>
      <hf-toasts .model=${this.model}></hf-toasts>
      <hf-confirm-dialog .model=${this.model}></hf-confirm-dialog>
      <hf-help-dialog ?open=${this._helpOpen} @hf-closed=${this._onHelpClosed}></hf-help-dialog>
      <hf-announcer .model=${this.model}></hf-announcer>
    `;
  }

  private _renderPage(session: Session): TemplateResult {
    if (session.kind === 'failed') return this._renderFailed(session);
    if (session.kind === 'starting' || this._shown === undefined) return this._renderStarting();
    return renderPage(this.model, this._shown);
  }

  private _renderStarting(): TemplateResult {
    return html`<p class="starting" role="status"><wa-spinner></wa-spinner>Starting</p>`;
  }

  private _renderFailed({ problem }: Extract<Session, { kind: 'failed' }>): TemplateResult {
    return html`<hf-empty
      is-page
      icon="error"
      heading="Holdfast could not start"
      text="Nothing that is backed up is affected."
    >
      <hf-problem .problem=${problem}></hf-problem>
      <wa-button variant="brand" appearance="outlined" @click=${this._onReload}>Try again</wa-button>
    </hf-empty>`;
  }

  /** What the address asks for, as far as the session allows: signed out, private pages wait behind sign-in. */
  private _wanted(session: Session): Route | undefined {
    const route = this._route.value;
    if (session.kind === 'signed-in') return route;
    if (session.kind === 'signed-out') return isOpenPage(route.page) ? route : SIGN_IN;
    return undefined;
  }

  private async _show(route: Route): Promise<void> {
    this._loading = route;
    try {
      await PAGES[route.page].load();
    } catch (error) {
      // A part of the page can't be fetched: offline before it was ever stored, or a newer version is served.
      this.model.notices.toast('danger', 'This page could not be loaded. Reload the app.', {
        detail: String(error),
      });
      return;
    }
    if (this._wanted(this._session.value) === route) this._shown = route;
  }

  /** The running job's progress is told in the tab, too, for when it is in the background. */
  private _setTitle(title: string): void {
    const { running } = this.model.jobs;
    const percent = running === undefined ? '' : `${jobPercent(running.progress)} % · `;
    document.title = `${percent}${title} · Holdfast`;
  }

  private async _pageChanged(before: Route | undefined): Promise<void> {
    const { title } = PAGES[this._shown?.page ?? 'unknown'];
    if (before === undefined || isSamePlace(before, this._shown)) return;
    const page = this.renderRoot.querySelector<LitElement>('.page > *');
    await page?.updateComplete;
    globalThis.scrollTo({ top: 0 });
    this._headingOf(page).focus({ preventScroll: true });
    this.model.notices.announce(title);
  }

  /** What a screen reader should go on from after a change of page. */
  private _headingOf(page: LitElement | null): HTMLElement {
    return page?.renderRoot.querySelector<HTMLElement>('h1') ?? this._main;
  }

  private _leaveWrongPage(session: Session): void {
    const before = this._before;
    this._before = session.kind;
    const { page } = this.model.router.route.value;
    if (session.kind !== 'signed-in' || !isPublicPage(page)) return;
    if (before === 'starting' && page === 'invite') {
      this.model.notices.toast(
        'info',
        `You are signed in as ${session.accountName}. Sign out to use an invitation.`,
      );
    }
    // A used token must not stay in the history.
    this.model.router.go({ page: 'backup' }, { replace: true });
  }

  private _onSkip(): void {
    this._main.focus();
  }

  private _onHelpClosed(event: Event): void {
    event.stopPropagation();
    this._helpOpen = false;
  }

  private _onReload(): void {
    globalThis.location.reload();
  }

  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 100dvh;
      }

      .skip {
        position: fixed;
        inset-block-start: -4rem;
        inset-inline-start: var(--hf-space-m);
        z-index: 30;
        padding: var(--hf-space-xs) var(--hf-space-m);
        font: inherit;
        color: var(--hf-text-on-accent);
        background: var(--hf-accent);
        border: none;
        border-radius: var(--hf-radius-m);
      }

      .skip:focus {
        inset-block-start: var(--hf-space-s);
      }

      .frame {
        flex: 1;
        inline-size: 100%;
        padding: var(--hf-space-l);
      }

      .frame[data-with-nav] {
        display: grid;
        grid-template-columns: var(--hf-rail-width) minmax(0, 1fr);
        gap: var(--hf-space-xl);
        max-inline-size: calc(var(--hf-rail-width) + var(--hf-page-width) + 5rem);
        margin-inline: auto;
      }

      main:focus {
        outline: none;
      }

      .page {
        max-inline-size: var(--hf-page-width);
        margin-inline: auto;
      }

      .starting {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: var(--hf-space-s);
        padding: var(--hf-space-3xl);
        color: var(--hf-text-quiet);
      }

      @media (max-width: 56rem) {
        .frame,
        .frame[data-with-nav] {
          display: block;
          padding: var(--hf-space-m);
        }

        .frame[data-with-nav] {
          padding-block-end: calc(var(--hf-bottom-nav-height) + var(--hf-space-xl));
        }
      }

      @media print {
        .skip {
          display: none;
        }
      }
    `,
  ];
}

/** While someone types what to search for, the address follows: they stay where they are. */
function isSamePlace(before: Route, now: Route | undefined): boolean {
  return before.page === 'search' && now?.page === 'search';
}

const SIGN_IN: Route = { page: 'sign-in' };

declare global {
  interface HTMLElementTagNameMap {
    'hf-app': HfApp;
  }
}
