/** Where in a snapshot one is: its folders, each a way back. */
import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import { formatRoute } from '../../state/routes.ts';
import type { SnapshotId } from '../../state/types.ts';
import { base } from '../styles.ts';

@customElement('hf-breadcrumbs')
export class HfBreadcrumbs extends LitElement {
  @property({ attribute: false }) snapshotId!: SnapshotId;

  @property({ attribute: false }) path: readonly string[] = [];

  @property() root = '';

  override render() {
    return html`<nav aria-label="Folder">
      <ol>
        ${this._renderCrumb(this.root, [])}
        ${this.path.map((name, index) => this._renderCrumb(name, this.path.slice(0, index + 1)))}
      </ol>
    </nav>`;
  }

  private _renderCrumb(name: string, path: readonly string[]): TemplateResult {
    if (path.length === this.path.length) {
      return html`<li><span aria-current="location" data-testid="crumb">${name}</span></li>`;
    }
    return html`<li>
      <a href=${formatRoute({ page: 'snapshot', snapshotId: this.snapshotId, path })} data-testid="crumb"
        >${name}</a
      >
      <wa-icon name="chevron-right"></wa-icon>
    </li>`;
  }

  static override styles = [
    base,
    css`
      ol {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--hf-space-2xs);
      }

      li {
        display: flex;
        align-items: center;
        gap: var(--hf-space-2xs);
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }

      a {
        padding-block: var(--hf-space-2xs);
        text-decoration: none;
      }

      a:hover {
        text-decoration: underline;
      }

      [aria-current] {
        font-weight: var(--hf-weight-bold);
      }

      wa-icon {
        font-size: 0.8rem;
        color: var(--hf-text-faint);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-breadcrumbs': HfBreadcrumbs;
  }
}
