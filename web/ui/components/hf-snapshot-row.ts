/** One snapshot in the timeline: a link into it, what it is, a box to choose it, and what can be done with it. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/checkbox/checkbox.js';
import '@awesome.me/webawesome/dist/components/dropdown/dropdown.js';
import '@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import type { WaSelectEvent } from '@awesome.me/webawesome/dist/events/select.js';
import type WaCheckbox from '@awesome.me/webawesome/dist/components/checkbox/checkbox.js';
import type { AppModel } from '../../state/app-model.ts';
import { formatRoute } from '../../state/routes.ts';
import { problemOf, type SnapshotInfo, type SnapshotMark } from '../../state/types.ts';
import { fire } from '../events.ts';
import { formatAgo, formatBytes, formatDateTime, formatShort, formatTime, plural } from '../format.ts';
import { removeSnapshots } from '../remove-snapshots.ts';
import { modeName } from '../source-words.ts';
import { base, chips } from '../styles.ts';

@customElement('hf-snapshot-row')
export class HfSnapshotRow extends LitElement {
  @property({ attribute: false }) model!: AppModel;

  @property({ attribute: false }) snapshot!: SnapshotInfo;

  /** The one before it of the same source, to compare it with. */
  @property({ attribute: false }) earlier: SnapshotInfo | undefined;

  @property({ type: Boolean, attribute: false }) chosen = false;

  /** Whether its group's title leaves the day open. */
  @property({ type: Boolean, attribute: false }) withDay = false;

  override render() {
    const { snapshotId, takenAtMs, receivedAtMs, filesTotal, bytesTotal, deviceName, mark } = this.snapshot;
    const when = formatDateTime(takenAtMs);
    return html`<div class="line" data-mark=${mark} ?data-chosen=${this.chosen}>
      <wa-checkbox .checked=${this.chosen} data-testid="choose-snapshot" @change=${this._onChosen}
        ><span class="unseen">Choose the snapshot of ${when}</span></wa-checkbox
      >
      <a
        href=${formatRoute({ page: 'snapshot', snapshotId, path: [] })}
        data-testid="snapshot-row"
        data-snapshot=${snapshotId}
        title=${`The server accepted it on ${formatDateTime(receivedAtMs)}`}
      >
        <span class="when">
          <span class="number">${this.withDay ? formatShort(takenAtMs) : formatTime(takenAtMs)}</span>
          <span class="quiet small">${formatAgo(takenAtMs, this.model.nowMs())}</span>
        </span>
        <span class="what">
          <span class="quiet small device">${deviceName}</span>
          ${this._renderChips()}
        </span>
        <span class="number files">${plural(filesTotal, 'file')}</span>
        <span class="number size">${formatBytes(bytesTotal)}</span>
      </a>
      ${this._renderMenu(when)}
    </div>`;
  }

  private _renderChips(): TemplateResult | typeof nothing {
    const { mark, mode, partial, problemsTotal } = this.snapshot;
    const facts = [
      mark === 'pinned' ? html`<span data-tone="mark"><wa-icon name="pin"></wa-icon>Pinned</span>` : nothing,
      mode === 'incremental' ? nothing : html`<span>${modeName(mode)}</span>`,
      partial
        ? html`<span data-tone="warn" title="The backup was interrupted; the next one goes on from it"
            >Partial</span
          >`
        : nothing,
      problemsTotal === 0
        ? nothing
        : html`<span data-tone="warn"
            ><wa-icon name="warning"></wa-icon>${plural(problemsTotal, 'problem')}</span
          >`,
    ].filter((fact) => fact !== nothing);
    return facts.length === 0 ? nothing : html`<span class="chips">${facts}</span>`;
  }

  private _renderMenu(when: string): TemplateResult {
    const pinned = this.snapshot.mark === 'pinned';
    return html`<wa-dropdown placement="bottom-end" data-testid="snapshot-menu" @wa-select=${this._onSelect}>
      <wa-button slot="trigger" size="s" appearance="plain" data-testid="snapshot-more">
        <wa-icon name="ellipsis" label=${`More for the snapshot of ${when}`}></wa-icon>
      </wa-button>
      ${
        this.earlier === undefined
          ? nothing
          : html`<wa-dropdown-item value="compare"
              ><wa-icon slot="icon" name="compare"></wa-icon>What changed then</wa-dropdown-item
            >`
      }
      <wa-dropdown-item value=${pinned ? 'unpin' : 'pin'}
        ><wa-icon slot="icon" name="pin"></wa-icon
        >${pinned ? 'Unpin' : 'Pin: keep for ever'}</wa-dropdown-item
      >
      <wa-dropdown-item value="verify"><wa-icon slot="icon" name="shield"></wa-icon>Verify</wa-dropdown-item>
      ${
        pinned
          ? nothing
          : html`<wa-dropdown-item value="remove" variant="danger"
              ><wa-icon slot="icon" name="trash"></wa-icon>Move to the trash</wa-dropdown-item
            >`
      }
    </wa-dropdown>`;
  }

  private _onChosen(event: Event): void {
    const { checked } = event.target as WaCheckbox;
    fire(this, 'hf-snapshot-chosen', { snapshotId: this.snapshot.snapshotId, chosen: checked });
  }

  private _onSelect(event: WaSelectEvent): void {
    const { value = '' } = event.detail.item as { readonly value?: string };
    this._actions[value]?.();
  }

  private readonly _actions: Readonly<Record<string, () => void>> = {
    compare: () => {
      const { earlier, snapshot } = this;
      if (earlier === undefined) return;
      this.model.router.go({ page: 'compare', before: earlier.snapshotId, after: snapshot.snapshotId });
    },
    pin: () => {
      void this._mark('pinned');
    },
    unpin: () => {
      void this._mark('kept');
    },
    verify: () => {
      fire(this, 'hf-verify-wanted', this.snapshot.snapshotId);
    },
    remove: () => {
      void removeSnapshots(this.model, [this.snapshot]);
    },
  };

  private async _mark(mark: SnapshotMark): Promise<void> {
    try {
      await this.model.snapshots.mark([this.snapshot.snapshotId], mark);
    } catch (error) {
      this.model.notices.problem(problemOf(error));
    }
  }

  static override styles = [
    base,
    chips,
    css`
      .line {
        position: relative;
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--hf-space-xs);
        padding-inline: var(--hf-space-xs);
        border-radius: var(--hf-radius-m);
      }

      .line:hover {
        background: var(--hf-hover);
      }

      .line[data-chosen] {
        background: var(--hf-selected);
      }

      /* The bead on the timeline */
      .line::before {
        content: '';
        position: absolute;
        inset-block-start: calc(50% - 0.3rem);
        inset-inline-start: calc(-1 * var(--hf-space-m) - 0.3rem);
        inline-size: 0.6rem;
        block-size: 0.6rem;
        background: var(--hf-ground);
        border: 2px solid var(--hf-accent);
        border-radius: var(--hf-radius-full);
      }

      .line[data-mark='pinned']::before {
        background: var(--hf-mark);
        border-color: var(--hf-mark);
      }

      a {
        display: grid;
        grid-template-columns: minmax(6.5rem, 9rem) minmax(0, 1fr) 6.5rem 5.5rem;
        align-items: center;
        gap: var(--hf-space-m);
        padding: var(--hf-space-s) var(--hf-space-xs);
        color: inherit;
        text-decoration: none;
      }

      .when {
        display: flex;
        flex-direction: column;
        font-weight: var(--hf-weight-medium);
      }

      .when .small {
        font-weight: var(--hf-weight-normal);
      }

      .what {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--hf-space-2xs) var(--hf-space-s);
      }

      .files,
      .size {
        text-align: end;
      }

      @media (max-width: 50rem) {
        a {
          grid-template-columns: 1fr auto;
          grid-template-areas: 'when size' 'what files';
          gap: var(--hf-space-2xs) var(--hf-space-s);
        }

        .when {
          grid-area: when;
        }

        .size {
          grid-area: size;
        }

        .what {
          grid-area: what;
        }

        .device {
          display: none;
        }

        .files {
          grid-area: files;
          align-self: start;
          font-size: var(--hf-text-s);
          color: var(--hf-text-quiet);
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-snapshot-row': HfSnapshotRow;
  }
}
