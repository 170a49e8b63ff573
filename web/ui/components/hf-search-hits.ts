/** What a search found over all snapshots, a window of it at a time. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import type { SearchHit } from '../../state/types.ts';
import { WindowRows } from '../controllers/window-rows.ts';
import { cssProperties } from '../directives/css-properties.ts';
import { entryIcon } from '../entry-order.ts';
import { formatBytes, formatDateTime, plural } from '../format.ts';
import { splitAtMatch } from '../match.ts';
import { base, windowed } from '../styles.ts';

const ROW_PX = 52;

@customElement('hf-search-hits')
export class HfSearchHits extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) hits: readonly SearchHit[] = [];

  /** What was searched for: it is marked in the names. */
  @property() text = '';

  private readonly _window = new WindowRows(
    this,
    () => this.renderRoot.querySelector<HTMLElement>('.scroller'),
    () => this.renderRoot.querySelector<HTMLElement>('.line')?.offsetHeight ?? ROW_PX,
  );

  override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('hits')) this.renderRoot.querySelector('.scroller')?.scrollTo({ top: 0 });
  }

  override render() {
    const { first, end } = this._window.rows(this.hits.length);
    return html`<div class="scroller" tabindex="0" role="region" aria-label="Found" data-testid="search-hits">
      <ul class="body" ${cssProperties({ '--rows': this.hits.length })}>
        ${repeat(
          this.hits.slice(first, end),
          (hit) => hit,
          (hit, index) => this._renderHit(hit, first + index),
        )}
      </ul>
    </div>`;
  }

  private _renderHit(hit: SearchHit, index: number): TemplateResult {
    const { entry, path, snapshotIds } = hit;
    const [before, match, after] = splitAtMatch(entry.name, this.text);
    return html`<li
      class="line"
      data-testid="search-hit"
      data-name=${entry.name}
      data-kind=${entry.kind}
      aria-setsize=${this.hits.length}
      aria-posinset=${index + 1}
      ${cssProperties({ '--row': index })}
    >
      <wa-icon class=${entry.kind} name=${entryIcon(entry)}></wa-icon>
      <a class="path" href=${this._address(hit)} title=${path.join('/')}>
        <span class="name">${before}<mark>${match}</mark>${after}</span>
        <span class="folder">${[this._sourceName(hit), ...path.slice(0, -1)].join('/')}</span>
      </a>
      <span class="where">
        <span>${plural(snapshotIds.length, 'snapshot')}</span>
        <span class="quiet">${this._newest(hit)}</span>
      </span>
      <span class="size number">${entry.kind === 'folder' ? nothing : formatBytes(entry.sizeBytes)}</span>
      ${
        entry.kind === 'folder'
          ? html`<span></span>`
          : html`<a
              class="versions"
              href=${formatRoute({ page: 'versions', sourceId: hit.sourceId, path })}
              aria-label=${`Versions of ${entry.name}`}
              ><wa-icon name="history"></wa-icon
            ></a>`
      }
    </li>`;
  }

  /** A folder itself, or the folder that a file lies in, in the newest snapshot that has it. */
  private _address({ snapshotIds, entry, path }: SearchHit): string {
    const [snapshotId] = snapshotIds;
    if (snapshotId === undefined) return formatRoute({ page: 'snapshots' });
    return formatRoute({
      page: 'snapshot',
      snapshotId,
      path: entry.kind === 'folder' ? path : path.slice(0, -1),
    });
  }

  private _sourceName({ sourceId }: SearchHit): string {
    const snapshots = this.model.snapshots.list.value.snapshots;
    return snapshots.find((snapshot) => snapshot.sourceId === sourceId)?.sourceName ?? '';
  }

  private _newest({ snapshotIds }: SearchHit): string {
    const [newest] = snapshotIds;
    const snapshot = newest === undefined ? undefined : this.model.snapshots.find(newest);
    return snapshot === undefined ? '' : formatDateTime(snapshot.takenAtMs);
  }

  static override styles = [
    base,
    windowed,
    css`
      .line {
        grid-template-columns: auto minmax(0, 1fr) 11rem 5.5rem 2rem;
      }

      .line > wa-icon {
        font-size: 1.2rem;
        color: var(--hf-text-faint);
      }

      .line > wa-icon.folder {
        color: var(--hf-accent);
      }

      .path {
        display: flex;
        flex-direction: column;
        color: inherit;
        text-decoration: none;
        line-height: var(--hf-leading-tight);
      }

      .path:hover .name {
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }

      .name,
      .folder {
        overflow: hidden;
        text-overflow: ellipsis;
      }

      mark {
        color: var(--hf-accent-strong);
        background: var(--hf-accent-soft);
        border-radius: 0.2rem;
      }

      .folder {
        font-size: var(--hf-text-xs);
        color: var(--hf-text-quiet);
      }

      .where {
        display: flex;
        flex-direction: column;
        font-size: var(--hf-text-xs);
        line-height: var(--hf-leading-tight);
      }

      .size {
        text-align: end;
        font-size: var(--hf-text-s);
      }

      .versions {
        display: grid;
        place-items: center;
        min-block-size: var(--hf-touch);
        color: var(--hf-text-quiet);
      }

      .versions:hover {
        color: var(--hf-accent);
      }

      @media (max-width: 40rem) {
        .line {
          grid-template-columns: auto minmax(0, 1fr) auto 2rem;
        }

        .size {
          display: none;
        }

        .where {
          align-items: flex-end;
        }

        .where .quiet {
          display: none;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-search-hits': HfSearchHits;
  }
}
