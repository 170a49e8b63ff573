/**
 * Where a person gives what to back up: drops files and whole folder trees, or picks them. Emits
 * `hf-source-picked`; what can't be read of a drop is asked about first.
 */
import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/icon/icon.js';
import '@awesome.me/webawesome/dist/components/spinner/spinner.js';
import {
  hasFolderInput,
  hasFolderPicker,
  pickFolderHandle,
  sourceFromEntries,
  sourceFromFiles,
  sourceFromHandle,
  takeDropped,
  type NamedSource,
} from '../../state/backups.ts';
import type { Notices } from '../../state/notices.ts';
import { problemOf } from '../../state/types.ts';
import { fire } from '../events.ts';
import { plural } from '../format.ts';
import { base, flow, primaryAction } from '../styles.ts';

const UNREADABLE_NAMED = 3;

@customElement('hf-drop-zone')
export class HfDropZone extends LitElement {
  @property({ attribute: false }) notices!: Notices;

  /** Small, once there is something else on the page. */
  @property({ type: Boolean, reflect: true }) compact = false;

  @state() private _over = false;

  @state() private _found: number | undefined;

  /** Opens the folder picker, as the button does. Call it from a click or key press. */
  pickFolder(): void {
    void this._onPickFolder();
  }

  override render() {
    return html`<div
        class="zone"
        ?data-over=${this._over}
        data-testid="drop-zone"
        @dragenter=${this._onDragOver}
        @dragover=${this._onDragOver}
        @dragleave=${this._onDragLeave}
        @drop=${this._onDrop}
      >
        ${this._found === undefined ? this._renderInvitation() : this._renderReading(this._found)}
      </div>
      <input
        class="unseen"
        type="file"
        webkitdirectory
        multiple
        tabindex="-1"
        aria-label="Folder to back up"
        data-testid="folder-input"
        @change=${this._onInput}
      />
      <input
        class="unseen"
        type="file"
        multiple
        tabindex="-1"
        aria-label="Files to back up"
        data-testid="files-input"
        @change=${this._onInput}
      />`;
  }

  private _renderInvitation() {
    const canPickFolder = hasFolderPicker(globalThis) || hasFolderInput(HTMLInputElement);
    return html`<wa-icon class="sign" name="backup"></wa-icon>
      <div class="words">
        <h2>${this._over ? 'Let go to back it up' : 'Drop a folder or files here'}</h2>
        <p class="quiet small">Sealed on this device before they leave it.</p>
        ${this._renderPickerHint()}
      </div>
      <div class="row buttons">
        ${
          canPickFolder
            ? html`<wa-button
                variant="brand"
                appearance="accent"
                data-testid="pick-folder"
                @click=${this._onPickFolder}
              >
                <wa-icon slot="start" name="folder-plus"></wa-icon>Choose a folder
              </wa-button>`
            : nothing
        }
        <wa-button
          variant=${canPickFolder ? 'neutral' : 'brand'}
          appearance=${canPickFolder ? 'outlined' : 'accent'}
          data-testid="pick-files"
          @click=${this._onPickFiles}
        >
          <wa-icon slot="start" name="files"></wa-icon>Choose files
        </wa-button>
      </div>`;
  }

  private _renderPickerHint() {
    if (!hasFolderPicker(globalThis)) return nothing;
    return html`<p class="quiet small">
      Dropping takes every file. This browser’s folder picker leaves out some odd names, such as “CON.txt” or
      “notes.”, without a word.
    </p>`;
  }

  private _renderReading(found: number) {
    return html`<wa-spinner></wa-spinner>
      <div class="words" aria-live="polite">
        <h2>Looking through what you dropped</h2>
        <p class="quiet small number">${found === 0 ? nothing : `${plural(found, 'file')} so far`}</p>
      </div>`;
  }

  private readonly _onPickFolder = async (): Promise<void> => {
    if (!hasFolderPicker(globalThis)) {
      this._input('folder-input')?.click();
      return;
    }
    try {
      const handle = await pickFolderHandle({ id: 'holdfast-backup', mode: 'read' });
      if (handle !== undefined) fire(this, 'hf-source-picked', sourceFromHandle(handle));
    } catch (error) {
      this.notices.problem(problemOf(error));
    }
  };

  private _onPickFiles(): void {
    this._input('files-input')?.click();
  }

  private _input(testId: string): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>(`input[data-testid="${testId}"]`);
  }

  private _onInput(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length === 0) {
      this.notices.toast('warning', 'There are no files in that folder.');
      return;
    }
    fire(this, 'hf-source-picked', sourceFromFiles(files));
  }

  private _onDragOver(event: DragEvent): void {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this._over = true;
  }

  private _onDragLeave(event: DragEvent): void {
    const into = event.relatedTarget;
    const zone = event.currentTarget as HTMLElement;
    if (!(into instanceof Node) || !zone.contains(into)) this._over = false;
  }

  private _onDrop(event: DragEvent): void {
    event.preventDefault();
    this._over = false;
    if (event.dataTransfer !== null) void this._read(takeDropped(event.dataTransfer));
  }

  private async _read(dropped: readonly FileSystemEntry[]): Promise<void> {
    this._found = 0;
    try {
      const source = await sourceFromEntries(dropped, (files) => {
        this._found = files;
      });
      await this._give(source);
    } catch (error) {
      this.notices.problem(problemOf(error));
    } finally {
      this._found = undefined;
    }
  }

  private async _give(source: NamedSource | undefined): Promise<void> {
    if (source === undefined) {
      this.notices.toast('warning', 'There was no file or folder in what you dropped.');
      return;
    }
    if (source.unreadable.length > 0 && !(await this._goOnWithout(source.unreadable))) return;
    fire(this, 'hf-source-picked', source);
  }

  private _goOnWithout(unreadable: readonly string[]): Promise<boolean> {
    const named = unreadable.slice(0, UNREADABLE_NAMED).join(', ');
    const more = unreadable.length - UNREADABLE_NAMED;
    return this.notices.ask({
      title: `${plural(unreadable.length, 'item')} can’t be read`,
      text: `${named}${more > 0 ? ` and ${more} more` : ''} would not be in the backup. Back up the rest?`,
      confirmLabel: 'Back up the rest',
    });
  }

  static override styles = [
    base,
    flow,
    primaryAction,
    css`
      .zone {
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: var(--hf-space-m);
        padding: var(--hf-space-2xl) var(--hf-space-l);
        text-align: center;
        background: var(--hf-surface);
        border: 1.5px dashed var(--hf-border-strong);
        border-radius: var(--hf-radius-l);
        transition:
          border-color var(--hf-quick) var(--hf-ease),
          background var(--hf-quick) var(--hf-ease);
      }

      .zone[data-over] {
        border-color: var(--hf-accent);
        border-style: solid;
        background: var(--hf-accent-soft);
      }

      .sign {
        font-size: 2.5rem;
        color: var(--hf-accent);
      }

      wa-spinner {
        font-size: 2rem;
      }

      .words {
        display: flex;
        flex-direction: column;
        gap: var(--hf-space-2xs);
      }

      .buttons {
        justify-content: center;
      }

      :host([compact]) .zone {
        flex-flow: row wrap;
        justify-content: space-between;
        padding: var(--hf-space-m) var(--hf-space-l);
        text-align: start;
      }

      :host([compact]) .words {
        flex: 1 1 14rem;
      }

      :host([compact]) .sign {
        font-size: 1.75rem;
      }

      @media (max-width: 40rem) {
        .zone {
          padding: var(--hf-space-xl) var(--hf-space-m);
        }

        .buttons,
        .buttons wa-button {
          inline-size: 100%;
        }

        :host([compact]) .zone {
          padding: var(--hf-space-s) var(--hf-space-m);
        }

        :host([compact]) p {
          display: none;
        }

        :host([compact]) .buttons {
          flex-wrap: nowrap;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    'hf-drop-zone': HfDropZone;
  }
}
